import type { Tag } from '../../common/stats/tags.ts';

/** A number of one host of a cluster, made when a page asks for it: it is in no store. */
export interface EndpointStat {
  /** `cluster.<name>.endpoint.<address>.<stat>`. */
  readonly name: string;
  readonly extractedName: string;
  readonly tags: readonly Tag[];
  readonly kind: 'Counters' | 'Gauges';
  readonly value: number;
  /** Always: `usedonly` does not leave it out. */
  readonly used: true;
}
