import type { ScopedRouteConfiguration } from '../../../../../api/generated/envoy/config/route/v3/scoped_route_pb.ts';
import type {
  ScopedRoutes_ScopeKeyBuilder_FragmentBuilder as FragmentBuilder,
  ScopedRoutes_ScopeKeyBuilder_FragmentBuilder_HeaderValueExtractor as HeaderValueExtractor,
  ScopedRoutes,
} from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import { parseRouteConfig, type RouteConfig } from '../../../../common/router/route-config.ts';

/** Route tables by scope key, and how a request's key is made. */
export interface ScopedRoutesConfig {
  readonly tables: ReadonlyMap<string, RouteConfig>;
  /** Undefined when the request lacks a part of the key. */
  keyOf(headers: RequestHeaderMap): string | undefined;
}

type Extract = (headers: RequestHeaderMap) => string | undefined;

/** Stands in no header value. */
const FRAGMENT_END = '\0';

/** `scoped_routes` with its list inline and route configurations inline in that: `rds_config_source` is asked for nothing. */
export function parseScopedRoutes(config: ScopedRoutes, ctx: ConfigContext): ScopedRoutesConfig {
  ctx.requireSupported(config, ['name', 'scopeKeyBuilder', 'scopedRouteConfigurationsList', 'rdsConfigSource']);
  const builder = ctx.child('scope_key_builder');
  const fragments = (config.scopeKeyBuilder?.fragments ?? []).map((fragment, i) =>
    parseFragment(fragment, builder.child('fragments', i)),
  );
  const { configSpecifier } = config;
  const scopes =
    configSpecifier.case === 'scopedRouteConfigurationsList' ? configSpecifier.value.scopedRouteConfigurations : [];
  const tables = new Map<string, RouteConfig>();
  const list = ctx.child('scoped_route_configurations_list');
  for (const [i, scope] of scopes.entries()) addScope(tables, scope, list.child('scoped_route_configurations', i));
  return { tables, keyOf: (headers) => joinFragments(fragments, headers) };
}

function addScope(tables: Map<string, RouteConfig>, scope: ScopedRouteConfiguration, ctx: ConfigContext): void {
  // What is on demand elsewhere is there already, inline.
  ctx.requireSupported(scope, ['name', 'routeConfiguration', 'key', 'onDemand']);
  if (scope.routeConfiguration === undefined) {
    ctx.error('You must specify a route_configuration with inline scoped routes.');
    return;
  }
  const fragments = scope.key?.fragments ?? [];
  const key = fragments.map(({ type }) => (type.case === 'stringKey' ? type.value : '') + FRAGMENT_END).join('');
  if (tables.has(key)) ctx.error(`scope key conflict: ${scope.name}`);
  tables.set(key, parseRouteConfig(scope.routeConfiguration, ctx.child('route_configuration')));
}

function joinFragments(fragments: readonly Extract[], headers: RequestHeaderMap): string | undefined {
  let key = '';
  for (const fragment of fragments) {
    const value = fragment(headers);
    if (value === undefined) return undefined;
    key += value + FRAGMENT_END;
  }
  return key;
}

function parseFragment({ type }: FragmentBuilder, ctx: ConfigContext): Extract {
  if (type.case !== 'headerValueExtractor') return () => undefined;
  const extractor = type.value;
  const { elementSeparator: separator, extractType } = extractor;
  if (extractType.case === 'index' && extractType.value > 0 && separator === '') {
    ctx.child('header_value_extractor').error('Index > 0 for empty string element separator.');
  }
  const name = extractor.name.toLowerCase();
  return (headers) => {
    const value = headers.get(name);
    if (value === undefined) return undefined;
    return pick(separator === '' ? [value] : value.split(separator), extractor);
  };
}

function pick(elements: readonly string[], { extractType }: HeaderValueExtractor): string | undefined {
  if (extractType.case === 'index') return elements[extractType.value];
  if (extractType.case !== 'element') return undefined;
  const { separator, key } = extractType.value;
  for (const element of elements) {
    const at = element.indexOf(separator);
    if ((at < 0 ? element : element.slice(0, at)) === key) return at < 0 ? '' : element.slice(at + separator.length);
  }
  return undefined;
}
