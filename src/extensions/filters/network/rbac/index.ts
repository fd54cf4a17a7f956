import type { RBAC } from '../../../../../api/generated/envoy/extensions/filters/network/rbac/v3/rbac_pb.ts';
import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import { type NetworkRbacConfig, parseNetworkRbac } from './config.ts';
import { NetworkRbacFilter, NetworkRbacStats } from './filter.ts';

/** envoy.filters.network.rbac: who may connect. */
export const networkRbac = defineNetworkFilter<NetworkRbacConfig>({
  name: 'envoy.filters.network.rbac',
  configTypes: ['envoy.extensions.filters.network.rbac.v3.RBAC'],
  parseConfig: (message, ctx) => parseNetworkRbac(message as RBAC, ctx),
  createFilterFactory(config, context) {
    const stats = new NetworkRbacStats(context.scope, config);
    return () => new NetworkRbacFilter(config, stats, context);
  },
  isTerminal: () => false,
});
