import type { Host, LoadBalancerContextOfCluster } from '../../../../sdk/upstream.ts';
import type { LocalityOptions } from '../../../common/load-balancer/locality-config.ts';
import { PriorityLoadBalancer } from '../../../common/load-balancer/priority-load-balancer.ts';

/** Any host, each with the same chance, whatever its weight. */
export class RandomLoadBalancer extends PriorityLoadBalancer<readonly Host[]> {
  constructor(context: LoadBalancerContextOfCluster, locality: LocalityOptions) {
    super(context, locality);
    this.start();
  }

  protected override prepare(hosts: readonly Host[]): readonly Host[] {
    return hosts;
  }

  protected override choose(hosts: readonly Host[]): Host | undefined {
    return hosts[this.context.random.random() % hosts.length];
  }
}
