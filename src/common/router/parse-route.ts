import type {
  RedirectAction,
  Route as RouteConfig,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { Route } from '../../../sdk/router.ts';
import { metadataMap } from '../upstream/proto-values.ts';
import { type ClusterChoice, HeaderChoice, PluginChoice } from './cluster-choice.ts';
import { parseClusterSpecifier } from './cluster-specifiers.ts';
import type { RouteIdentity } from './configured-route.ts';
import { ForwardingRoute, type ForwardingRouteConfig } from './forwarding-route.ts';
import { parseHeaderMutations } from './header-mutations.ts';
import { type RouteParseContext, referToCluster } from './parse-context.ts';
import { parseDirectResponseRoute, parseRedirectRoute } from './parse-direct-route.ts';
import { parseRouteAction } from './parse-route-action.ts';
import { parseWeightedClusters } from './parse-weighted-clusters.ts';
import { type PathMatcher, parsePathMatcher } from './path-matcher.ts';
import { parsePerFilterConfigs } from './per-filter-config.ts';
import { DEFAULT_ACTION } from './route-action.ts';
import { RouteCandidate } from './route-candidate.ts';
import { parseRouteConditions } from './route-conditions.ts';
import type { VirtualHostLevel } from './route-level.ts';
import { refuseRouteSpecifiers } from './route-specifiers.ts';
import { RouteStatsHolder } from './route-stats.ts';
import { parseDecorator, parseRouteTracing } from './route-tracing.ts';

const SUPPORTED_ROUTE = [
  'name',
  'match',
  'route',
  'redirect',
  'directResponse',
  'filterAction',
  'nonForwardingAction',
  'metadata',
  'decorator',
  'typedPerFilterConfig',
  'requestHeadersToAdd',
  'requestHeadersToRemove',
  'responseHeadersToAdd',
  'responseHeadersToRemove',
  'statPrefix',
  'perRequestBufferLimitBytes',
  'requestBodyBufferLimit',
  'tracing',
  'routeSpecifiers',
] as const;

const SUPPORTED_MATCH = [
  'prefix',
  'path',
  'safeRegex',
  'connectMatcher',
  'pathSeparatedPrefix',
  'pathMatchPolicy',
  'caseSensitive',
  'runtimeFraction',
  'headers',
  'queryParameters',
  'grpc',
  'tlsContext',
  'cookies',
  'dynamicMetadata',
  'filterState',
] as const;

export function parseRoute(
  config: RouteConfig,
  virtualHost: VirtualHostLevel,
  ctx: ConfigContext,
  parse: RouteParseContext,
): RouteCandidate | undefined {
  ctx.requireSupported(config, SUPPORTED_ROUTE);
  refuseRouteSpecifiers(config.routeSpecifiers, ctx);
  const { match } = config;
  if (match === undefined) return undefined;
  const matchCtx = ctx.child('match');
  matchCtx.requireSupported(match, SUPPORTED_MATCH);
  const matcher = parsePathMatcher(match, matchCtx);
  const conditions = parseRouteConditions(match, matchCtx);
  const made = parseAction(config, matcher, virtualHost, ctx, parse);
  return made && new RouteCandidate(matcher, conditions, made);
}

/** A route that stands, or what makes it for a request. */
type RouteOrChoice = { readonly route: Route } | { readonly choice: ClusterChoice };

function parseAction(
  config: RouteConfig,
  matcher: PathMatcher,
  virtualHost: VirtualHostLevel,
  ctx: ConfigContext,
  parse: RouteParseContext,
): RouteOrChoice | undefined {
  const identity = parseIdentity(config, ctx, parse);
  // Whatever the route does, its statistics are there.
  const stats = statsHolder(config.statPrefix, virtualHost.name, parse);
  const { action } = config;
  switch (action.case) {
    case 'route':
      return parseForwarding(config, { identity, virtualHost, matcher, statsHolder: stats }, ctx, parse);
    case 'redirect':
      refuseRewriteOfTemplate(config, action.value, ctx.child('redirect').child('prefix_rewrite'));
      return { route: parseRedirectRoute(action.value, { identity, virtualHost, matcher }, ctx.child('redirect')) };
    case 'directResponse': {
      const at = ctx.child('direct_response');
      return { route: parseDirectResponseRoute(action.value, { identity, virtualHost, matcher }, at) };
    }
    // What is in a filter_action is for filters that know it: Envoy has none.
    case 'filterAction':
    case 'nonForwardingAction':
      return { route: createFilterRoute({ identity, virtualHost, matcher }) };
    default:
      return undefined;
  }
}

/** What matched a template has no prefix. */
function refuseRewriteOfTemplate({ match }: RouteConfig, redirect: RedirectAction, ctx: ConfigContext): void {
  const { pathRewriteSpecifier: path } = redirect;
  if (match?.pathSpecifier.case !== 'pathMatchPolicy' || path.case !== 'prefixRewrite') return;
  ctx.error('Cannot use redirect.prefix_rewrite with path_match_policy');
}

/** A route for filters alone: the router finds no cluster there. */
function createFilterRoute(base: Pick<ForwardingRouteConfig, 'identity' | 'virtualHost' | 'matcher'>): Route {
  const { retryPolicy, hedgeOnPerTryTimeout, shadowPolicies, requestBodyBufferLimit } = base.virtualHost;
  const action = { ...DEFAULT_ACTION, retryPolicy, hedgeOnPerTryTimeout, shadowPolicies };
  return new ForwardingRoute({ ...base, action, requestBodyBufferLimit, statsHolder: undefined }, '');
}

function parseIdentity(config: RouteConfig, ctx: ConfigContext, { bindings }: RouteParseContext): RouteIdentity {
  return {
    name: config.name,
    metadata: metadataMap(config.metadata),
    decorator: parseDecorator(config.decorator),
    tracing: config.tracing && parseRouteTracing(config.tracing, ctx.child('tracing')),
    filterConfigs: parsePerFilterConfigs(config.typedPerFilterConfig, ctx, bindings),
    requestMutations: parseHeaderMutations(config.requestHeadersToAdd, config.requestHeadersToRemove, ctx, 'request'),
    responseMutations: parseHeaderMutations(
      config.responseHeadersToAdd,
      config.responseHeadersToRemove,
      ctx,
      'response',
    ),
  };
}

function parseForwarding(
  config: RouteConfig,
  base: Pick<ForwardingRouteConfig, 'identity' | 'virtualHost' | 'matcher' | 'statsHolder'>,
  ctx: ConfigContext,
  parse: RouteParseContext,
): RouteOrChoice | undefined {
  if (config.action.case !== 'route') return undefined;
  const action = config.action.value;
  const at = ctx.child('route');
  const forwarding: ForwardingRouteConfig = {
    ...base,
    action: parseRouteAction(action, base.matcher, base.virtualHost, at, parse),
    requestBodyBufferLimit: bufferLimit(config) ?? base.virtualHost.requestBodyBufferLimit,
  };
  const { clusterSpecifier: specifier } = action;
  switch (specifier.case) {
    case 'cluster':
      referToCluster('cluster', specifier.value, at, parse);
      return { route: new ForwardingRoute(forwarding, specifier.value) };
    case 'clusterHeader':
      return { choice: new HeaderChoice(forwarding, specifier.value.toLowerCase()) };
    case 'weightedClusters':
      return { choice: parseWeightedClusters(specifier.value, forwarding, at.child('weighted_clusters'), parse) };
    case 'clusterSpecifierPlugin': {
      const holder = parse.clusterSpecifiers.get(specifier.value);
      if (holder === undefined) {
        at.error(`Unknown cluster specifier plugin name: ${specifier.value} is used in the route`);
        return undefined;
      }
      return { choice: new PluginChoice(forwarding, holder) };
    }
    case 'inlineClusterSpecifierPlugin': {
      const place = at.child('inline_cluster_specifier_plugin');
      return { choice: new PluginChoice(forwarding, parseClusterSpecifier(specifier.value, place, parse)) };
    }
    default:
      return undefined;
  }
}

function statsHolder(prefix: string, virtualHostName: string, parse: RouteParseContext): RouteStatsHolder | undefined {
  if (prefix === '') return undefined;
  const holder = new RouteStatsHolder(virtualHostName, 'route', prefix);
  parse.bindings.push(holder);
  return holder;
}

/** Of a route or a virtual host: the newer field stands over the older. */
export function bufferLimit(config: {
  readonly perRequestBufferLimitBytes?: number | undefined;
  readonly requestBodyBufferLimit?: bigint | undefined;
}): number | undefined {
  const { requestBodyBufferLimit: limit, perRequestBufferLimitBytes } = config;
  return limit === undefined ? perRequestBufferLimitBytes : Number(limit);
}
