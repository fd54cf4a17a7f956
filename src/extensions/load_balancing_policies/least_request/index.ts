import type {
  Cluster,
  Cluster_LeastRequestLbConfig,
} from '../../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { LeastRequest } from '../../../../api/generated/envoy/extensions/load_balancing_policies/least_request/v3/least_request_pb.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { LoadBalancingPolicyExtension } from '../../../../sdk/upstream.ts';
import {
  type LocalityOptions,
  legacyLocalityConfig,
  parseLocalityConfig,
} from '../../../common/load-balancer/locality-config.ts';
import { parseSlowStart } from '../../../common/load-balancer/slow-start.ts';
import { type LeastRequestConfig, LeastRequestLoadBalancer } from './least-request.ts';

const LEAST_REQUEST = 1;
const FULL_SCAN = 1;

/** https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/load_balancing/load_balancers */
export const leastRequest: LoadBalancingPolicyExtension<LeastRequestConfig> = {
  category: 'envoy.load_balancing_policies',
  name: 'envoy.load_balancing_policies.least_request',
  configTypes: ['envoy.extensions.load_balancing_policies.least_request.v3.LeastRequest'],
  legacyPolicies: [LEAST_REQUEST],
  parseConfig(message, ctx) {
    const config = message as LeastRequest;
    ctx.requireSupported(config, [
      'choiceCount',
      'activeRequestBias',
      'slowStartConfig',
      'localityLbConfig',
      'enableFullScan',
      'selectionMethod',
    ]);
    const locality = parseLocalityConfig(config.localityLbConfig, ctx.child('locality_lb_config'));
    const fullScan = config.selectionMethod === FULL_SCAN || (config.enableFullScan ?? false);
    return configOf(config, { fullScan, locality }, ctx);
  },
  parseLegacyConfig(message, ctx) {
    const { lbConfig } = message as Cluster;
    const config = lbConfig.case === 'leastRequestLbConfig' ? lbConfig.value : undefined;
    const locality = legacyLocalityConfig(message as Cluster);
    return configOf(config, { fullScan: false, locality }, ctx.child('least_request_lb_config'));
  },
  createLoadBalancer: (config, context) => new LeastRequestLoadBalancer(context, config),
};

type Fields = LeastRequest | Cluster_LeastRequestLbConfig | undefined;

function configOf(
  message: Fields,
  { fullScan, locality }: { readonly fullScan: boolean; readonly locality: LocalityOptions },
  ctx: ConfigContext,
): LeastRequestConfig {
  return Object.freeze({
    choiceCount: message?.choiceCount ?? 2,
    activeRequestBias: message?.activeRequestBias?.defaultValue ?? 1,
    activeRequestBiasKey: message?.activeRequestBias?.runtimeKey ?? '',
    fullScan,
    locality,
    slowStart: parseSlowStart(message?.slowStartConfig, ctx.child('slow_start_config')),
  });
}
