import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { LocalityLbConfig } from '../../../api/generated/envoy/extensions/load_balancing_policies/common/v3/common_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/** `zone_aware_lb_config`; acts only with a local cluster. */
export interface ZoneAwareOptions {
  /** Percent of the requests. */
  readonly routingEnabled: number;
  readonly minClusterSize: number;
  /** No host rather than an unhealthy one. */
  readonly failTrafficOnPanic: boolean;
  /** So many healthy hosts of our own zone get all requests, whatever their share; undefined = none do. */
  readonly forceLocalZoneMinSize: number | undefined;
  /** Shares are of the hosts' weights, not of their number. */
  readonly byWeight: boolean;
}

/** What a policy does with localities. */
export interface LocalityOptions {
  /** `locality_weighted_lb_config`: a locality is chosen first, by its weight and how many of its hosts are healthy. */
  readonly weighted: boolean;
  readonly zoneAware: ZoneAwareOptions;
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

type ZoneAware = Extract<Specifier, { case: 'zoneAwareLbConfig' }>['value'];

function optionsOf(specifier: Specifier | undefined): LocalityOptions {
  return Object.freeze({
    weighted: specifier?.case === 'localityWeightedLbConfig',
    zoneAware: zoneAwareOptionsOf(specifier?.case === 'zoneAwareLbConfig' ? specifier.value : undefined),
  });
}

const defaultMinClusterSize = 6n;
/** ZoneAwareLbConfig.LocalityBasis. */
const healthyHostsWeight = 1;

function zoneAwareOptionsOf(config: ZoneAware | undefined): ZoneAwareOptions {
  return {
    routingEnabled: Math.round(config?.routingEnabled?.value ?? 100),
    minClusterSize: Number(config?.minClusterSize ?? defaultMinClusterSize),
    failTrafficOnPanic: config?.failTrafficOnPanic ?? false,
    ...newerOptionsOf(config),
  };
}

const newerType = 'envoy.extensions.load_balancing_policies.common.v3.LocalityLbConfig.ZoneAwareLbConfig';

/** What only the policies' own message has. */
function newerOptionsOf(config: ZoneAware | undefined): Pick<ZoneAwareOptions, 'forceLocalZoneMinSize' | 'byWeight'> {
  if (config?.$typeName !== newerType) return { forceLocalZoneMinSize: undefined, byWeight: false };
  const { forceLocalZone, forceLocalityDirectRouting, localityBasis } = config;
  const minSize = forceLocalZone === undefined ? undefined : (forceLocalZone.minSize ?? 1);
  return {
    forceLocalZoneMinSize: minSize ?? (forceLocalityDirectRouting ? 1 : undefined),
    byWeight: localityBasis === healthyHostsWeight,
  };
}
