import type { LoadBalancerContextOfCluster } from '../../../../sdk/upstream.ts';
import type { WeightedHost } from '../../../common/load-balancer/hash-weights.ts';
import type { HashingOptions } from '../../../common/load-balancer/hashing-config.ts';
import { HashingLoadBalancer, type HashTable } from '../../../common/load-balancer/hashing-load-balancer.ts';
import { type MaglevFigures, MaglevTable } from './maglev-table.ts';

export interface MaglevConfig {
  readonly hashing: HashingOptions;
  readonly tableSize: number;
}

export class MaglevLoadBalancer extends HashingLoadBalancer {
  readonly #config: MaglevConfig;
  readonly #tell: ((figures: MaglevFigures) => void) | undefined;

  constructor(context: LoadBalancerContextOfCluster, config: MaglevConfig) {
    super(context, config.hashing);
    this.#config = config;
    this.#tell = context.tellsOfTables ? tableGauges(context) : undefined;
    this.refresh();
  }

  protected override createTable(hosts: readonly WeightedHost[]): HashTable {
    const { tableSize, hashing } = this.#config;
    const table = new MaglevTable(hosts, tableSize, hashing.usesHostname);
    this.#tell?.(table.figures);
    return table;
  }
}

function tableGauges({ scope: cluster }: LoadBalancerContextOfCluster): (figures: MaglevFigures) => void {
  const scope = cluster.scope('maglev_lb');
  const min = scope.gauge('min_entries_per_host');
  const max = scope.gauge('max_entries_per_host');
  return (figures) => {
    min.set(figures.minEntriesPerHost);
    max.set(figures.maxEntriesPerHost);
  };
}
