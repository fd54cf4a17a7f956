import type { Subset } from '../../../../api/generated/envoy/extensions/load_balancing_policies/subset/v3/subset_pb.d.ts';
import type { LoadBalancingPolicyExtension } from '../../../../sdk/upstream.ts';
import { SubsetLoadBalancer } from '../../../common/load-balancer/subset-load-balancer.ts';
import {
  CLUSTER_PROVIDED,
  firstKnownPolicy,
  type LoadBalancerConfig,
} from '../../../common/upstream/load-balancing-config.ts';
import { parseSubsetPolicy, type SubsetConfig } from '../../../common/upstream/subset-config.ts';

export interface SubsetPolicyConfig {
  readonly subsets: SubsetConfig;
  /** That of each subset; undefined only while the collector has the reason. */
  readonly policy: LoadBalancerConfig | undefined;
}

/** https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/subsets */
export const subset: LoadBalancingPolicyExtension<SubsetPolicyConfig> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.subset',
  configTypes: ['envoy.extensions.load_balancing_policies.subset.v3.Subset'],
  legacyPolicies: [],
  parseConfig(message, ctx) {
    const config = message as Subset;
    const at = ctx.child('subset_lb_policy');
    const policy = firstKnownPolicy(config.subsetLbPolicy, 'subset lb', at);
    if (policy?.extension.legacyPolicies.includes(CLUSTER_PROVIDED)) at.error('subsets of a cluster provide no policy');
    return Object.freeze({ subsets: parseSubsetPolicy(config, ctx), policy });
  },
  parseLegacyConfig: (_cluster, ctx) => ctx.fail('lb_policy does not name it'),
  createLoadBalancer({ subsets, policy }, context) {
    if (policy === undefined) throw new Error(`cluster ${context.clusterName} came without a policy for its subsets`);
    return new SubsetLoadBalancer(context, subsets, (part) => policy.extension.createLoadBalancer(policy.config, part));
  },
};
