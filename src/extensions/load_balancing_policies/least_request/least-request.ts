import type { Host, LoadBalancerContextOfCluster } from '../../../../sdk/upstream.ts';
import { EdfLoadBalancer } from '../../../common/load-balancer/edf-load-balancer.ts';
import type { LocalityOptions } from '../../../common/load-balancer/locality-config.ts';
import type { SlowStart } from '../../../common/load-balancer/slow-start.ts';

export interface LeastRequestConfig {
  /** Hosts drawn, of which the least loaded is taken; at least 2. */
  readonly choiceCount: number;
  /** Where weights differ: weight / (active requests + 1) ^ bias. */
  readonly activeRequestBias: number;
  readonly activeRequestBiasKey: string;
  /** All hosts are looked at instead. */
  readonly fullScan: boolean;
  readonly slowStart: SlowStart | undefined;
  readonly locality: LocalityOptions;
}

/** The host with the fewest active requests on this worker, of a few drawn at random. */
export class LeastRequestLoadBalancer extends EdfLoadBalancer {
  readonly #config: LeastRequestConfig;

  constructor(context: LoadBalancerContextOfCluster, config: LeastRequestConfig) {
    super(context, config.locality, config.slowStart);
    this.#config = config;
    this.start();
  }

  protected override hostWeight(host: Host): number {
    const { activeRequestBias, activeRequestBiasKey } = this.#config;
    const bias =
      activeRequestBiasKey === ''
        ? activeRequestBias
        : this.context.runtime.snapshot.getDouble(activeRequestBiasKey, activeRequestBias);
    if (bias <= 0) return host.weight;
    const load = host.stats.rqActive + 1;
    return host.weight / (bias === 1 ? load : load ** bias);
  }

  protected override unweightedChoice(hosts: readonly Host[]): Host | undefined {
    return this.#config.fullScan ? this.#scan(hosts) : this.#draw(hosts);
  }

  #draw(hosts: readonly Host[]): Host | undefined {
    const { random } = this.context;
    let chosen: Host | undefined;
    for (let i = 0; i < this.#config.choiceCount; i++) {
      const drawn = hosts[random.random() % hosts.length] as Host;
      if (chosen === undefined || drawn.stats.rqActive < chosen.stats.rqActive) chosen = drawn;
    }
    return chosen;
  }

  /** Among equals each has the same chance. */
  #scan(hosts: readonly Host[]): Host | undefined {
    let chosen: Host | undefined;
    let equals = 0;
    for (const host of hosts) {
      const best = chosen?.stats.rqActive ?? Number.POSITIVE_INFINITY;
      if (host.stats.rqActive > best) continue;
      equals = host.stats.rqActive < best ? 1 : equals + 1;
      if (equals === 1 || this.context.random.random() % equals === 0) chosen = host;
    }
    return chosen;
  }
}
