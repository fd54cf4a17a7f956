import type { Cluster } from '../../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { RoundRobin } from '../../../../api/generated/envoy/extensions/load_balancing_policies/round_robin/v3/round_robin_pb.ts';
import type { LoadBalancingPolicyExtension } from '../../../../sdk/upstream.ts';
import {
  type LocalityOptions,
  legacyLocalityConfig,
  parseLocalityConfig,
} from '../../../common/load-balancer/locality-config.ts';
import { parseSlowStart, type SlowStart } from '../../../common/load-balancer/slow-start.ts';
import { RoundRobinLoadBalancer } from './round-robin.ts';

const ROUND_ROBIN = 0;

export interface RoundRobinConfig {
  readonly locality: LocalityOptions;
  readonly slowStart: SlowStart | undefined;
}

/** https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers */
export const roundRobin: LoadBalancingPolicyExtension<RoundRobinConfig> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.round_robin',
  configTypes: ['envoy.extensions.load_balancing_policies.round_robin.v3.RoundRobin'],
  legacyPolicies: [ROUND_ROBIN],
  parseConfig(message, ctx) {
    const config = message as RoundRobin;
    ctx.requireSupported(config, ['slowStartConfig', 'localityLbConfig']);
    const locality = parseLocalityConfig(config.localityLbConfig, ctx.child('locality_lb_config'));
    return Object.freeze({
      locality,
      slowStart: parseSlowStart(config.slowStartConfig, ctx.child('slow_start_config')),
    });
  },
  parseLegacyConfig(message, ctx) {
    const { lbConfig } = message as Cluster;
    const config = lbConfig.case === 'roundRobinLbConfig' ? lbConfig.value : undefined;
    const at = ctx.child('round_robin_lb_config').child('slow_start_config');
    const locality = legacyLocalityConfig(message as Cluster);
    return Object.freeze({ locality, slowStart: parseSlowStart(config?.slowStartConfig, at) });
  },
  createLoadBalancer: ({ locality, slowStart }, context) => new RoundRobinLoadBalancer(context, locality, slowStart),
};
