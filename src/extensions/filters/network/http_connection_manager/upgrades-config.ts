import type { HttpConnectionManager_UpgradeConfig } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { type HttpFilterConfig, parseHttpFilters } from '../../../../common/http/http-filters.ts';

/** By upgrade type in lower case. */
export type UpgradeConfigs = ReadonlyMap<
  string,
  { readonly enabled: boolean; readonly filters: readonly HttpFilterConfig[] | undefined }
>;

/** `upgrade_configs`; undefined when there is none. */
export function parseUpgrades(
  configs: readonly HttpConnectionManager_UpgradeConfig[],
  ctx: ConfigContext,
): UpgradeConfigs | undefined {
  if (configs.length === 0) return undefined;
  const upgrades = new Map<string, { enabled: boolean; filters: readonly HttpFilterConfig[] | undefined }>();
  for (const [i, { upgradeType, enabled, filters }] of configs.entries()) {
    const place = ctx.child('upgrade_configs', i);
    const type = upgradeType.toLowerCase();
    if (upgrades.has(type)) place.error(`Error: multiple upgrade configs with the same name: '${upgradeType}'`);
    const own =
      filters.length === 0
        ? undefined
        : parseHttpFilters(filters, place, { field: 'filters', chainType: 'http upgrade' });
    upgrades.set(type, { enabled: enabled ?? true, filters: own });
  }
  return upgrades;
}
