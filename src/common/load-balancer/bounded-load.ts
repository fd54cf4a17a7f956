import type { Host } from '../../../sdk/upstream.ts';
import { MersenneTwister } from '../hash/mersenne-twister.ts';
import type { WeightedHost } from './hash-weights.ts';
import type { HashTable } from './hashing-load-balancer.ts';

/**
 * Consistent hashing with bounded loads (https://arxiv.org/abs/1608.01350): a host that has more than its share of the
 * active requests, times `factor` percent, passes them on to another one, in an order that the hash determines.
 */
export class BoundedLoadTable implements HashTable {
  readonly #table: HashTable;
  readonly #hosts: readonly WeightedHost[];
  readonly #weights: ReadonlyMap<Host, number>;
  readonly #factor: number;

  constructor(table: HashTable, hosts: readonly WeightedHost[], factor: number) {
    this.#table = table;
    this.#hosts = hosts;
    this.#weights = new Map(hosts.map(({ host, weight }) => [host, weight]));
    this.#factor = factor;
  }

  chooseHost(hash: bigint, attempt: number): Host | undefined {
    const host = this.#table.chooseHost(hash, attempt);
    if (host === undefined) return undefined;
    const overload = this.#overload(host, this.#weights.get(host) ?? 0);
    return overload <= 1 ? host : this.#chooseOther(hash, host, overload);
  }

  /** The first in a random order that has room, else the least loaded. */
  #chooseOther(hash: bigint, host: Host, overload: number): Host {
    const random = new MersenneTwister(Number(BigInt.asUintN(32, hash)));
    const order = this.#hosts.slice();
    let best = host;
    let bestOverload = overload;
    for (let i = 0; i < order.length; i++) {
      const other = i + random.nextBelow(order.length - i);
      const chosen = order[other] as WeightedHost;
      order[other] = order[i] as WeightedHost;
      order[i] = chosen;
      if (chosen.host === host) continue;
      const load = this.#overload(chosen.host, chosen.weight);
      if (load <= 1) return chosen.host;
      if (load < bestOverload) {
        best = chosen.host;
        bestOverload = load;
      }
    }
    return best;
  }

  #overload({ cluster, stats }: Host, weight: number): number {
    const active = cluster.trafficStats.upstreamRqActive.value;
    const slots = Math.floor(((active + 1) * this.#factor + 99) / 100);
    return stats.rqActive / Math.max(1, Math.ceil(slots * weight));
  }
}
