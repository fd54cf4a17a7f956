import type { HttpConnectionManager } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import type { RouteTableProvider } from '../../../../worker/http/connection-manager-config.ts';

/** Where requests are routed by: `route_config`. */
export interface RoutesConfig {
  /** Clusters that routes name outright. */
  readonly clusterNames: readonly string[];
}

export function parseRoutes({ routeSpecifier }: HttpConnectionManager, ctx: ConfigContext): RoutesConfig {
  if (routeSpecifier.case === 'rds') ctx.child('rds').error('route discovery (RDS) is not supported yet');
  if (routeSpecifier.case === 'scopedRoutes') ctx.child('scoped_routes').error('scoped routes are not supported yet');
  return { clusterNames: [] };
}

export function createRoutes(_config: RoutesConfig, _context: ListenerFactoryContext): RouteTableProvider {
  return { routeTable: () => undefined };
}
