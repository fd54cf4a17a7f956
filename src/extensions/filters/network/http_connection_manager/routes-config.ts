import type { HttpConnectionManager } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { ClusterReference, ListenerFactoryContext } from '../../../../../sdk/extension.ts';
import { parseRouteConfig, type RouteConfig } from '../../../../common/router/route-config.ts';
import { ConfiguredRouteTable } from '../../../../common/router/route-table.ts';
import type { RouteTable, RouteTableProvider } from '../../../../worker/http/connection-manager-config.ts';
import { parseScopedRoutes, type ScopedRoutesConfig } from './scoped-routes-config.ts';

/** Where requests are routed by. */
export interface RoutesConfig {
  readonly source:
    | { readonly kind: 'inline'; readonly table: RouteConfig }
    | { readonly kind: 'scoped'; readonly scopes: ScopedRoutesConfig }
    /** Refused. */
    | { readonly kind: 'none' };
  /** Clusters that must exist, as validate_clusters says. */
  readonly clusters: readonly ClusterReference[];
}

export function parseRoutes({ routeSpecifier }: HttpConnectionManager, ctx: ConfigContext): RoutesConfig {
  switch (routeSpecifier.case) {
    case 'routeConfig': {
      const table = parseRouteConfig(routeSpecifier.value, ctx.child('route_config'));
      return { source: { kind: 'inline', table }, clusters: clustersToCheck(table) };
    }
    case 'scopedRoutes': {
      const scopes = parseScopedRoutes(routeSpecifier.value, ctx.child('scoped_routes'));
      return { source: { kind: 'scoped', scopes }, clusters: [...scopes.tables.values()].flatMap(clustersToCheck) };
    }
    case 'rds':
      ctx.child('rds').error('route discovery (RDS) is not supported yet');
  }
  return { source: { kind: 'none' }, clusters: [] };
}

function clustersToCheck(table: RouteConfig): readonly ClusterReference[] {
  return table.validateClusters === false ? [] : table.clusters;
}

export function createRoutes({ source }: RoutesConfig, context: ListenerFactoryContext): RouteTableProvider {
  switch (source.kind) {
    case 'inline': {
      const table: RouteTable = new ConfiguredRouteTable(source.table, context);
      return { routeTable: () => table };
    }
    case 'scoped': {
      const { scopes } = source;
      const tables = new Map([...scopes.tables].map(([key, table]) => [key, new ConfiguredRouteTable(table, context)]));
      return {
        routeTable(headers) {
          const key = headers === undefined ? undefined : scopes.keyOf(headers);
          return key === undefined ? undefined : tables.get(key);
        },
      };
    }
    case 'none':
      return { routeTable: () => undefined };
  }
}
