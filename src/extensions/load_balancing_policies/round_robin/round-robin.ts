import type { Host, LoadBalancerContextOfCluster } from '../../../../sdk/upstream.ts';
import { EdfLoadBalancer } from '../../../common/load-balancer/edf-load-balancer.ts';
import type { LocalityOptions } from '../../../common/load-balancer/locality-config.ts';
import type { SlowStart } from '../../../common/load-balancer/slow-start.ts';

/** One host after the other; in proportion to weights where they differ. */
export class RoundRobinLoadBalancer extends EdfLoadBalancer {
  constructor(context: LoadBalancerContextOfCluster, locality: LocalityOptions, slowStart: SlowStart | undefined) {
    super(context, locality, slowStart);
    this.start();
  }

  protected override hostWeight(host: Host): number {
    return host.weight;
  }

  protected override unweightedChoice(hosts: readonly Host[], schedule: { index: number }): Host | undefined {
    const host = hosts[schedule.index];
    schedule.index = schedule.index + 1 >= hosts.length ? 0 : schedule.index + 1;
    return host;
  }
}
