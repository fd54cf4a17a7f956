import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { ConsistentHashingLbConfig } from '../../../api/generated/envoy/extensions/load_balancing_policies/common/v3/common_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { HashPolicy } from '../../../sdk/router.ts';
import { parseHashPolicy } from '../router/hash-policy.ts';

/** What policies that hash have in common. */
export interface HashingOptions {
  /** A host's name stands for it rather than its address. */
  readonly usesHostname: boolean;
  /** Percent of a host's share of the load that it may have at most; 0 = any. */
  readonly balanceFactor: number;
  /** Hosts have shares of their locality's weight. */
  readonly byLocality: boolean;
  /** Counts rather than the route's. */
  readonly hashPolicy: HashPolicy | undefined;
}

/** `consistent_hashing_lb_config` of a policy. */
export function parseHashing(
  config: ConsistentHashingLbConfig | undefined,
  byLocality: boolean,
  ctx: ConfigContext,
): HashingOptions {
  const at = ctx.child('consistent_hashing_lb_config');
  return Object.freeze({
    usesHostname: config?.useHostnameForHashing ?? false,
    balanceFactor: config?.hashBalanceFactor ?? 0,
    byLocality,
    hashPolicy: parseHashPolicy(config?.hashPolicy ?? [], at),
  });
}

/** `common_lb_config` of a cluster that names its policy by `lb_policy`. */
export function legacyHashing({ commonLbConfig }: Cluster): HashingOptions {
  const config = commonLbConfig?.consistentHashingLbConfig;
  return Object.freeze({
    usesHostname: config?.useHostnameForHashing ?? false,
    balanceFactor: config?.hashBalanceFactor ?? 0,
    byLocality: commonLbConfig?.localityConfigSpecifier.case === 'localityWeightedLbConfig',
    hashPolicy: undefined,
  });
}
