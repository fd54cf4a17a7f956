/** Which policy balances a cluster: `load_balancing_policy`, or `lb_policy` with the fields beside it. */
import type {
  Cluster,
  LoadBalancingPolicy,
  LoadBalancingPolicy_Policy,
} from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { CommonLoadBalancerConfig, LoadBalancingPolicyExtension } from '../../../sdk/upstream.ts';
import { parseDiscoveryType } from './cluster-discovery.ts';

export interface LoadBalancerConfig {
  readonly extension: LoadBalancingPolicyExtension;
  readonly config: unknown;
}

const LOAD_BALANCING_POLICY_CONFIG = 7;
const LB_POLICY_NAMES: readonly string[] = [
  'ROUND_ROBIN',
  'LEAST_REQUEST',
  'RING_HASH',
  'RANDOM',
  '',
  'MAGLEV',
  'CLUSTER_PROVIDED',
  'LOAD_BALANCING_POLICY_CONFIG',
];

/** Of Cluster.LbPolicy. */
export const CLUSTER_PROVIDED = 6;

export function lbPolicyName(policy: number): string {
  return LB_POLICY_NAMES[policy] ?? String(policy);
}

/** Undefined after `ctx` has been told why there is none. */
export function parseLoadBalancerConfig(cluster: Cluster, ctx: ConfigContext): LoadBalancerConfig | undefined {
  if (cluster.loadBalancingPolicy !== undefined) return extensionForm(cluster, ctx);
  if (cluster.lbPolicy === LOAD_BALANCING_POLICY_CONFIG) {
    ctx.child('lb_policy').error('cluster: field load_balancing_policy need to be set');
    return undefined;
  }
  const extension = policies(ctx).find((each) => each.legacyPolicies.includes(cluster.lbPolicy));
  if (extension === undefined) {
    const name = lbPolicyName(cluster.lbPolicy);
    ctx.child('lb_policy').error(`lb_policy ${name} is not supported yet`);
    return undefined;
  }
  return Object.freeze({ extension, config: extension.parseLegacyConfig(cluster, ctx) });
}

function policies(ctx: ConfigContext): readonly LoadBalancingPolicyExtension[] {
  return (ctx.extensions?.all('envoy.load_balancing_policies') ?? []) as readonly LoadBalancingPolicyExtension[];
}

function extensionForm(cluster: Cluster, ctx: ConfigContext): LoadBalancerConfig | undefined {
  const { name, loadBalancingPolicy, commonLbConfig } = cluster;
  if (commonLbConfig?.localityConfigSpecifier.case ?? commonLbConfig?.consistentHashingLbConfig) {
    const fields = 'zone_aware_lb_config, locality_weighted_lb_config, consistent_hashing_lb_config';
    const text = `load_balancing_policy cannot be combined with partial fields (${fields}) of common_lb_config`;
    ctx.child('common_lb_config').error(`cluster: ${text}`);
  }
  const found = firstKnownPolicy(loadBalancingPolicy, `cluster: '${name}'`, ctx.child('load_balancing_policy'));
  if (found?.extension.legacyPolicies.includes(CLUSTER_PROVIDED)) {
    return Object.freeze({ ...found, config: found.extension.parseLegacyConfig(cluster, ctx) });
  }
  if (found !== undefined && parseDiscoveryType(cluster) === 'ORIGINAL_DST') {
    const text = `cluster provided LB not specified but cluster '${name}' provided one`;
    ctx.child('load_balancing_policy').error(`cluster manager: ${text}. Check cluster documentation.`);
  }
  return found;
}

/**
 * The first policy of the list that is known counts; the others are for older proxies. Undefined after `ctx` has been
 * told why there is none.
 * @param owner what the policy is for, in words
 */
export function firstKnownPolicy(
  list: LoadBalancingPolicy | undefined,
  owner: string,
  ctx: ConfigContext,
): LoadBalancerConfig | undefined {
  const policies = list?.policies ?? [];
  for (const [index, policy] of policies.entries()) {
    const extension = extensionOf(policy, ctx);
    const any = policy.typedExtensionConfig?.typedConfig;
    if (extension === undefined || any === undefined) continue;
    const place = ctx.child('policies', index).child('typed_extension_config').child('typed_config');
    const message = place.unpack(any);
    if (message === undefined) return undefined;
    const config = place.collector.capture(() => extension.parseConfig(message, place));
    return config === undefined ? undefined : Object.freeze({ extension, config });
  }
  const names = policies.map((policy) => policy.typedExtensionConfig?.name ?? '').join(', ');
  const text = `didn't find a registered load balancer factory implementation for ${owner} with names from [${names}]`;
  ctx.error(`cluster: ${text}`);
  return undefined;
}

function extensionOf(policy: LoadBalancingPolicy_Policy, ctx: ConfigContext): LoadBalancingPolicyExtension | undefined {
  const typeUrl = policy.typedExtensionConfig?.typedConfig?.typeUrl ?? '';
  const type = typeUrl.slice(typeUrl.lastIndexOf('/') + 1);
  const found = ctx.extensions?.byConfigType('envoy.load_balancing_policies', type);
  return found as LoadBalancingPolicyExtension | undefined;
}

const STRICT_DNS = 1;

/** `common_lb_config`; what it says of localities is for the policies that `lb_policy` names (locality-config.ts). */
export function parseCommonLoadBalancerConfig(cluster: Cluster, ctx: ConfigContext): CommonLoadBalancerConfig {
  const common = cluster.commonLbConfig;
  const at = ctx.child('common_lb_config');
  if (common !== undefined) {
    at.requireSupported(common, [
      'healthyPanicThreshold',
      'zoneAwareLbConfig',
      'localityWeightedLbConfig',
      'closeConnectionsOnHostSetChange',
      'consistentHashingLbConfig',
      'updateMergeWindow',
      'ignoreNewHostsUntilFirstHc',
      // About hosts that a filter wishes for: none of those that are built in has such a wish.
      'overrideHostStatus',
    ]);
    checkHashing(cluster, at);
  }
  return Object.freeze({ healthyPanicThreshold: common?.healthyPanicThreshold?.value ?? 50 });
}

function checkHashing({ commonLbConfig, clusterDiscoveryType: discovery }: Cluster, ctx: ConfigContext): void {
  if (commonLbConfig?.consistentHashingLbConfig?.useHostnameForHashing !== true) return;
  if (discovery.case === 'type' && discovery.value === STRICT_DNS) return;
  ctx
    .child('consistent_hashing_lb_config')
    .error('Cannot use hostname for consistent hashing loadbalancing for clusters that are not STRICT_DNS');
}
