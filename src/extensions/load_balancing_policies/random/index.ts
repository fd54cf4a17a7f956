import type { Random } from '../../../../api/generated/envoy/extensions/load_balancing_policies/random/v3/random_pb.ts';
import type { LoadBalancingPolicyExtension } from '../../../../sdk/upstream.ts';
import { refuseLocalityConfig } from '../../../common/load-balancer/locality-config.ts';
import { RandomLoadBalancer } from './random.ts';

const RANDOM = 3;

/** https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers */
export const random: LoadBalancingPolicyExtension<object> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.random',
  configTypes: ['envoy.extensions.load_balancing_policies.random.v3.Random'],
  legacyPolicies: [RANDOM],
  parseConfig(message, ctx) {
    const config = message as Random;
    ctx.requireSupported(config, ['localityLbConfig']);
    refuseLocalityConfig(config.localityLbConfig, ctx.child('locality_lb_config'));
    return {};
  },
  parseLegacyConfig: () => ({}),
  createLoadBalancer: (_config, context) => new RandomLoadBalancer(context),
};
