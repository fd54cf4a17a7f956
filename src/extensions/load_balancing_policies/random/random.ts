import type { Host, HostSet, LoadBalancerContextOfCluster } from '../../../../sdk/upstream.ts';
import {
  type HostSource,
  hostsOf,
  PriorityLoadBalancer,
} from '../../../common/load-balancer/priority-load-balancer.ts';

/** Any host, each with the same chance, whatever its weight. */
export class RandomLoadBalancer extends PriorityLoadBalancer {
  constructor(context: LoadBalancerContextOfCluster) {
    super(context);
    this.start();
  }

  protected override refresh(): void {}

  protected override choose(hostSet: HostSet, source: HostSource): Host | undefined {
    const hosts = hostsOf(hostSet, source);
    return hosts[this.context.random.random() % hosts.length];
  }
}
