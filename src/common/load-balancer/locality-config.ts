import type { LocalityLbConfig } from '../../../api/generated/envoy/extensions/load_balancing_policies/common/v3/common_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/** Zone-aware routing acts only with a local cluster, which cannot be named yet; weighing localities does always. */
export function refuseLocalityConfig(config: LocalityLbConfig | undefined, ctx: ConfigContext): void {
  if (config !== undefined) ctx.requireSupported(config, ['zoneAwareLbConfig']);
  const specifier = config?.localityConfigSpecifier;
  if (specifier?.case === 'zoneAwareLbConfig' && specifier.value.failTrafficOnPanic) {
    ctx.child('zone_aware_lb_config').child('fail_traffic_on_panic').error('is not supported here yet');
  }
}
