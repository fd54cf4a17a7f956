import type { Gauge } from '../../../../sdk/stats.ts';
import type { LoadBalancerContextOfCluster } from '../../../../sdk/upstream.ts';
import type { WeightedHost } from '../../../common/load-balancer/hash-weights.ts';
import type { HashingOptions } from '../../../common/load-balancer/hashing-config.ts';
import { HashingLoadBalancer, type HashTable } from '../../../common/load-balancer/hashing-load-balancer.ts';
import { Ring, type RingFigures, type RingOptions } from './ring.ts';

export interface RingHashConfig {
  readonly hashing: HashingOptions;
  readonly ring: RingOptions;
}

export class RingHashLoadBalancer extends HashingLoadBalancer {
  readonly #config: RingHashConfig;
  readonly #tell: ((figures: RingFigures) => void) | undefined;

  constructor(context: LoadBalancerContextOfCluster, config: RingHashConfig) {
    super(context, config.hashing);
    this.#config = config;
    this.#tell = context.tellsOfTables ? ringGauges(context) : undefined;
    this.refresh();
  }

  protected override createTable(hosts: readonly WeightedHost[]): HashTable {
    const ring = new Ring(hosts, this.#config.ring);
    this.#tell?.(ring.figures);
    return ring;
  }
}

function ringGauges({ scope: cluster }: LoadBalancerContextOfCluster): (figures: RingFigures) => void {
  const scope = cluster.scope('ring_hash_lb');
  const size: Gauge = scope.gauge('size');
  const min = scope.gauge('min_hashes_per_host');
  const max = scope.gauge('max_hashes_per_host');
  return (figures) => {
    size.set(figures.size);
    min.set(figures.minHashesPerHost);
    max.set(figures.maxHashesPerHost);
  };
}
