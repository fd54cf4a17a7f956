import type { VirtualHost as VirtualHostConfig } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { LONG_LIST } from '../proto/packed-list.ts';
import { parseRouteRateLimits } from '../ratelimit/rate-limit-policy.ts';
import { metadataMap } from '../upstream/proto-values.ts';
import { parseCorsPolicy } from './cors-policy.ts';
import { parseHeaderMutations } from './header-mutations.ts';
import { LongRouteList } from './long-route-list.ts';
import type { RouteParseContext } from './parse-context.ts';
import { bufferLimit, parseRoute } from './parse-route.ts';
import { parsePerFilterConfigs } from './per-filter-config.ts';
import { parseRetryPolicy } from './retry-policy.ts';
import type { RouteConfigLevel, VirtualHostLevel } from './route-level.ts';
import { RouteList } from './route-list.ts';
import { parseMatcherRoutes } from './route-matcher-tree.ts';
import { refuseRouteSpecifiers } from './route-specifiers.ts';
import { parseShadowPolicies } from './shadow-policy.ts';
import { parseVirtualClusters, type VirtualClusters } from './virtual-clusters.ts';
import { ConfiguredVirtualHost, type RouteFinder, type TlsRequirement } from './virtual-host.ts';

/** By VirtualHost.TlsRequirementType. */
const TLS_REQUIREMENTS: readonly TlsRequirement[] = ['NONE', 'EXTERNAL_ONLY', 'ALL'];

const SUPPORTED = [
  'name',
  'domains',
  'routes',
  'requireTls',
  'virtualClusters',
  'requestHeadersToAdd',
  'requestHeadersToRemove',
  'responseHeadersToAdd',
  'responseHeadersToRemove',
  'typedPerFilterConfig',
  'includeRequestAttemptCount',
  'includeAttemptCountInResponse',
  'retryPolicy',
  // Envoy has this field and does not look at it.
  'retryPolicyTypedConfig',
  'hedgePolicy',
  'includeIsTimeoutRetryHeader',
  'requestMirrorPolicies',
  'metadata',
  'matcher',
  'perRequestBufferLimitBytes',
  'requestBodyBufferLimit',
  'cors',
  'rateLimits',
  'routeSpecifiers',
] as const;

export function parseVirtualHost(
  config: VirtualHostConfig,
  routeConfig: RouteConfigLevel,
  ctx: ConfigContext,
  parse: RouteParseContext,
): ConfiguredVirtualHost {
  ctx.requireSupported(config, SUPPORTED);
  refuseRouteSpecifiers(config.routeSpecifiers, ctx);
  const virtualClusters = parseVirtualClusters(config.virtualClusters, config.name, ctx);
  if (virtualClusters !== undefined) parse.bindings.push(...virtualClusters.statHolders);
  const level = parseLevel(config, routeConfig, virtualClusters, ctx, parse);
  const requireTls = TLS_REQUIREMENTS[config.requireTls] ?? 'NONE';
  return new ConfiguredVirtualHost(level, parseRoutes(config, level, ctx, parse), requireTls);
}

function parseRoutes(
  config: VirtualHostConfig,
  level: VirtualHostLevel,
  ctx: ConfigContext,
  parse: RouteParseContext,
): RouteFinder {
  const { matcher } = config;
  if (matcher !== undefined) {
    if (config.routes.length > 0) ctx.error('cannot set both matcher and routes on virtual host');
    return parseMatcherRoutes(matcher, level, ctx.child('matcher'), parse);
  }
  if (config.routes.length >= LONG_LIST) {
    const list = LongRouteList.of({ configs: config.routes, level, ctx, parse });
    if (list !== undefined) return list;
  }
  const routes = config.routes.map((route, i) => parseRoute(route, level, ctx.child('routes', i), parse));
  return new RouteList(routes.filter((route) => route !== undefined));
}

function parseLevel(
  config: VirtualHostConfig,
  routeConfig: RouteConfigLevel,
  virtualClusters: VirtualClusters | undefined,
  ctx: ConfigContext,
  { bindings }: RouteParseContext,
): VirtualHostLevel {
  return {
    name: config.name,
    routeConfigName: routeConfig.name,
    ignorePathParameters: routeConfig.ignorePathParameters,
    routeConfig,
    metadata: metadataMap(config.metadata),
    filterConfigs: parsePerFilterConfigs(config.typedPerFilterConfig, ctx, bindings),
    requestMutations: parseHeaderMutations(config.requestHeadersToAdd, config.requestHeadersToRemove, ctx, 'request'),
    responseMutations: parseHeaderMutations(
      config.responseHeadersToAdd,
      config.responseHeadersToRemove,
      ctx,
      'response',
    ),
    retryPolicy:
      config.retryPolicy === undefined ? undefined : parseRetryPolicy(config.retryPolicy, ctx.child('retry_policy')),
    hedgeOnPerTryTimeout: config.hedgePolicy?.hedgeOnPerTryTimeout ?? false,
    shadowPolicies: parseShadowPolicies(config.requestMirrorPolicies, routeConfig.shadowPolicies, ctx),
    virtualClusters,
    includeAttemptCountInRequest: config.includeRequestAttemptCount,
    includeAttemptCountInResponse: config.includeAttemptCountInResponse,
    includeIsTimeoutRetryHeader: config.includeIsTimeoutRetryHeader,
    requestBodyBufferLimit: bufferLimit(config),
    rateLimits: parseRouteRateLimits(config.rateLimits, ctx),
    corsPolicy: config.cors === undefined ? undefined : parseCorsPolicy(config.cors, ctx.child('cors')),
  };
}
