import type { Cluster } from '../../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { Random } from '../../../../api/generated/envoy/extensions/load_balancing_policies/random/v3/random_pb.ts';
import type { LoadBalancingPolicyExtension } from '../../../../sdk/upstream.ts';
import {
  type LocalityOptions,
  legacyLocalityConfig,
  parseLocalityConfig,
} from '../../../common/load-balancer/locality-config.ts';
import { RandomLoadBalancer } from './random.ts';

const RANDOM = 3;

/** https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers */
export const random: LoadBalancingPolicyExtension<LocalityOptions> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.random',
  configTypes: ['envoy.extensions.load_balancing_policies.random.v3.Random'],
  legacyPolicies: [RANDOM],
  parseConfig(message, ctx) {
    const config = message as Random;
    ctx.requireSupported(config, ['localityLbConfig']);
    return parseLocalityConfig(config.localityLbConfig, ctx.child('locality_lb_config'));
  },
  parseLegacyConfig: (message) => legacyLocalityConfig(message as Cluster),
  createLoadBalancer: (locality, context) => new RandomLoadBalancer(context, locality),
};
