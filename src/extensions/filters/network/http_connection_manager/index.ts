import type { HttpConnectionManager as HttpConnectionManagerProto } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import { HttpConnectionManager } from '../../../../worker/http/connection-manager.ts';
import { type HttpConnectionManagerConfig, parseHttpConnectionManager } from './config.ts';
import { createConnectionManagerConfig } from './create.ts';

export const httpConnectionManager = defineNetworkFilter<HttpConnectionManagerConfig>({
  name: 'envoy.filters.network.http_connection_manager',
  configTypes: ['envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager'],

  parseConfig: (message, ctx) => parseHttpConnectionManager(message as HttpConnectionManagerProto, ctx),

  createFilterFactory(config, context) {
    const shared = createConnectionManagerConfig(config, context);
    return () => new HttpConnectionManager(shared);
  },

  isTerminal: () => true,

  clusterReferences: (config) => config.routes.clusters,

  routeConfigs(message) {
    const { routeSpecifier } = message as HttpConnectionManagerProto;
    return routeSpecifier.case === 'routeConfig' ? [routeSpecifier.value] : [];
  },

  scopedRouteConfigs(message) {
    const { routeSpecifier } = message as HttpConnectionManagerProto;
    if (routeSpecifier.case !== 'scopedRoutes') return undefined;
    const { name, configSpecifier } = routeSpecifier.value;
    if (configSpecifier.case !== 'scopedRouteConfigurationsList') return undefined;
    return { name, scopes: configSpecifier.value.scopedRouteConfigurations };
  },
});
