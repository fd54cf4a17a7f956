import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { LocalityLbConfig } from '../../../api/generated/envoy/extensions/load_balancing_policies/common/v3/common_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/** What a policy does with localities. Zone-aware routing acts only with a local cluster, which cannot be named yet. */
export interface LocalityOptions {
  /** `locality_weighted_lb_config`: a locality is chosen first, by its weight and how many of its hosts are healthy. */
  readonly weighted: boolean;
  /** `zone_aware_lb_config.fail_traffic_on_panic`: no host rather than an unhealthy one. */
  readonly failTrafficOnPanic: boolean;
}

/** `locality_lb_config` of a policy. */
export function parseLocalityConfig(config: LocalityLbConfig | undefined, ctx: ConfigContext): LocalityOptions {
  if (config !== undefined) ctx.requireSupported(config, ['zoneAwareLbConfig', 'localityWeightedLbConfig']);
  return optionsOf(config?.localityConfigSpecifier);
}

/** `common_lb_config` of a cluster that names its policy by `lb_policy`. */
export function legacyLocalityConfig({ commonLbConfig }: Cluster): LocalityOptions {
  return optionsOf(commonLbConfig?.localityConfigSpecifier);
}

type Specifier =
  | LocalityLbConfig['localityConfigSpecifier']
  | NonNullable<Cluster['commonLbConfig']>['localityConfigSpecifier'];

function optionsOf(specifier: Specifier | undefined): LocalityOptions {
  return Object.freeze({
    weighted: specifier?.case === 'localityWeightedLbConfig',
    failTrafficOnPanic: specifier?.case === 'zoneAwareLbConfig' && specifier.value.failTrafficOnPanic,
  });
}
