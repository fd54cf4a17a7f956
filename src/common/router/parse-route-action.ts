import type {
  RouteAction,
  RouteAction_UpgradeConfig,
} from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { resolveExtension } from '../../../sdk/extension.ts';
import type {
  ConnectConfig,
  CorsPolicy,
  PathRewriteExtension,
  PathRewritePolicy,
  RetryPolicy,
  ShadowPolicy,
} from '../../../sdk/router.ts';
import { parseRouteRateLimits } from '../ratelimit/rate-limit-policy.ts';
import { durationMs } from '../upstream/proto-values.ts';
import { parseCorsPolicy } from './cors-policy.ts';
import { parseHashPolicy } from './hash-policy.ts';
import { parseHeaderFormat } from './header-format.ts';
import { FormattedHost, HostFromHeader, HostFromPath, type HostRewrite, LiteralHost } from './host-rewrite.ts';
import { parseInternalRedirectPolicy } from './internal-redirect-policy.ts';
import { parseMetadataMatch } from './metadata-match.ts';
import { type RouteParseContext, referToCluster } from './parse-context.ts';
import { parseRegexRewrite } from './parse-regex-rewrite.ts';
import type { PathMatcher } from './path-matcher.ts';
import { FormatRewrite, type PathRewrite, PolicyRewrite, PrefixRewrite, RegexRewrite } from './path-rewrite.ts';
import { requestTimeoutsOf } from './request-timeouts.ts';
import { parseRetryPolicy } from './retry-policy.ts';
import { DEFAULT_TIMEOUTS, type RouteActionConfig, type RouteTimeouts, type RouteUpgrades } from './route-action.ts';
import type { VirtualHostLevel } from './route-level.ts';
import { parseShadowPolicies } from './shadow-policy.ts';

/** By RouteAction.ClusterNotFoundResponseCode. */
const NOT_FOUND_CODES: readonly number[] = [503, 404, 500];

const SUPPORTED = [
  'cluster',
  'clusterHeader',
  'weightedClusters',
  'clusterSpecifierPlugin',
  'inlineClusterSpecifierPlugin',
  'clusterNotFoundResponseCode',
  'metadataMatch',
  'prefixRewrite',
  'regexRewrite',
  'pathRewritePolicy',
  'pathRewrite',
  'hostRewriteLiteral',
  'hostRewrite',
  'autoHostRewrite',
  'hostRewriteHeader',
  'hostRewritePathRegex',
  'appendXForwardedHost',
  'timeout',
  'idleTimeout',
  // Bounds what a codec holds back for a stream: HTTP/1 writes all through, as in Envoy.
  'flushTimeout',
  'retryPolicy',
  // Envoy has this field and does not look at it.
  'retryPolicyTypedConfig',
  'requestMirrorPolicies',
  'priority',
  'hashPolicy',
  'maxGrpcTimeout',
  'grpcTimeoutOffset',
  'upgradeConfigs',
  'internalRedirectPolicy',
  'internalRedirectAction',
  'maxInternalRedirects',
  'hedgePolicy',
  'maxStreamDuration',
  'cors',
  'rateLimits',
  'includeVhRateLimits',
  'earlyDataPolicy',
] as const;

export function parseRouteAction(
  action: RouteAction,
  matcher: PathMatcher,
  virtualHost: VirtualHostLevel,
  ctx: ConfigContext,
  parse: RouteParseContext,
): RouteActionConfig {
  ctx.requireSupported(action, SUPPORTED);
  checkEarlyData(action, ctx.child('early_data_policy'));
  const timeouts = parseTimeouts(action);
  const retryPolicy = parseActionRetryPolicy(action, virtualHost, ctx);
  return {
    clusterNotFoundResponseCode: NOT_FOUND_CODES[action.clusterNotFoundResponseCode] ?? 503,
    priority: action.priority === 1 ? 'high' : 'default',
    timeouts,
    requestTimeouts: requestTimeoutsOf(timeouts.usingNewTimeouts ? 0 : timeouts.timeoutMs, retryPolicy),
    retryPolicy,
    hedgeOnPerTryTimeout: action.hedgePolicy?.hedgeOnPerTryTimeout ?? virtualHost.hedgeOnPerTryTimeout,
    shadowPolicies: parseActionShadows(action, virtualHost, ctx, parse),
    internalRedirectPolicy: parseInternalRedirectPolicy(action, ctx),
    hashPolicy: parseHashPolicy(action.hashPolicy, ctx),
    metadataMatch: parseMetadataMatch(action.metadataMatch),
    upgrades: parseUpgrades(action.upgradeConfigs, ctx),
    pathRewrite: parsePathRewrite(action, matcher, ctx),
    hostRewrite: parseHostRewrite(action, ctx),
    autoHostRewrite: action.hostRewriteSpecifier.case === 'autoHostRewrite' && action.hostRewriteSpecifier.value.value,
    appendXForwardedHost: action.appendXForwardedHost,
    corsPolicies: parseCorsPolicies(action, virtualHost, ctx),
    rateLimits: parseRouteRateLimits(action.rateLimits, ctx),
    includeVirtualHostRateLimits: action.includeVhRateLimits ?? false,
  };
}

const EARLY_DATA = 'envoy.extensions.early_data.v3.DefaultEarlyDataPolicy';

/** Of upstreams that speak HTTP/3, of which there are none yet: only that it is one is checked. */
function checkEarlyData({ earlyDataPolicy: policy }: RouteAction, ctx: ConfigContext): void {
  if (policy === undefined) return;
  const message = policy.typedConfig === undefined ? undefined : ctx.child('typed_config').unpack(policy.typedConfig);
  if (message?.$typeName === EARLY_DATA) return;
  const type = message?.$typeName ?? '';
  ctx.error(`Didn't find a registered implementation for '${policy.name}' with type URL: '${type}'`);
}

function parseCorsPolicies(
  { cors }: RouteAction,
  { corsPolicy }: VirtualHostLevel,
  ctx: ConfigContext,
): readonly CorsPolicy[] {
  const own = cors === undefined ? undefined : parseCorsPolicy(cors, ctx.child('cors'));
  return [own, corsPolicy].filter((policy) => policy !== undefined);
}

function parseTimeouts(action: RouteAction): RouteTimeouts {
  const { timeout, idleTimeout, maxStreamDuration, maxGrpcTimeout, grpcTimeoutOffset } = action;
  const given = [timeout, idleTimeout, maxStreamDuration, maxGrpcTimeout, grpcTimeoutOffset];
  if (given.every((value) => value === undefined)) return DEFAULT_TIMEOUTS;
  return {
    timeoutMs: durationMs(timeout) ?? DEFAULT_TIMEOUTS.timeoutMs,
    idleTimeoutMs: durationMs(idleTimeout),
    maxStreamDurationMs: durationMs(maxStreamDuration?.maxStreamDuration),
    grpcTimeoutHeaderMaxMs: durationMs(maxStreamDuration?.grpcTimeoutHeaderMax),
    grpcTimeoutHeaderOffsetMs: durationMs(maxStreamDuration?.grpcTimeoutHeaderOffset),
    maxGrpcTimeoutMs: durationMs(maxGrpcTimeout),
    grpcTimeoutOffsetMs: durationMs(grpcTimeoutOffset),
    usingNewTimeouts: maxStreamDuration !== undefined,
  };
}

function parseActionRetryPolicy(
  { retryPolicy }: RouteAction,
  virtualHost: VirtualHostLevel,
  ctx: ConfigContext,
): RetryPolicy | undefined {
  if (retryPolicy === undefined) return virtualHost.retryPolicy;
  return parseRetryPolicy(retryPolicy, ctx.child('retry_policy'));
}

/** Clusters of inherited policies are checked as well: with the routes that use them. */
function parseActionShadows(
  { requestMirrorPolicies }: RouteAction,
  virtualHost: VirtualHostLevel,
  ctx: ConfigContext,
  parse: RouteParseContext,
): readonly ShadowPolicy[] {
  const policies = parseShadowPolicies(requestMirrorPolicies, virtualHost.shadowPolicies, ctx);
  for (const { cluster: name } of policies) {
    if (name !== '') referToCluster('shadow cluster', name, ctx, parse);
  }
  return policies;
}

/** By ProxyProtocolConfig.Version. */
const PROXY_VERSIONS = ['V1', 'V2'] as const;

function parseUpgrades(configs: readonly RouteAction_UpgradeConfig[], ctx: ConfigContext): RouteUpgrades | undefined {
  if (configs.length === 0) return undefined;
  const enabled = new Map<string, boolean>();
  let connectConfig: ConnectConfig | undefined;
  for (const [i, config] of configs.entries()) {
    const at = ctx.child('upgrade_configs', i);
    const type = config.upgradeType.toLowerCase();
    if (enabled.has(type)) at.error(`Duplicate upgrade ${config.upgradeType}`);
    enabled.set(type, config.enabled ?? true);
    if (config.connectConfig === undefined) continue;
    if (type !== 'connect') {
      at.error(
        type === 'connect-udp'
          ? 'connect_config of connect-udp is not supported yet'
          : `Non-CONNECT upgrade type ${config.upgradeType} has ConnectConfig`,
      );
      continue;
    }
    const { allowPost, proxyProtocolConfig } = config.connectConfig;
    // Its TLVs are not looked at in Envoy.
    connectConfig = { allowPost, proxyProtocol: proxyProtocolConfig && PROXY_VERSIONS[proxyProtocolConfig.version] };
  }
  return { enabled, connectConfig };
}

function parsePathRewrite(action: RouteAction, matcher: PathMatcher, ctx: ConfigContext): PathRewrite | undefined {
  const { prefixRewrite, regexRewrite, pathRewritePolicy, pathRewrite } = action;
  const count = [
    prefixRewrite !== '',
    regexRewrite !== undefined,
    pathRewritePolicy !== undefined,
    pathRewrite !== '',
  ].filter(Boolean);
  if (count.length > 1) ctx.error('Specify only one of prefix_rewrite, regex_rewrite or path_rewrite_policy');
  if (prefixRewrite !== '') {
    if (matcher.kind === 'policy') ctx.error('Cannot use prefix_rewrite with matcher extension');
    return new PrefixRewrite(prefixRewrite);
  }
  if (regexRewrite !== undefined) {
    const substitution = parseRegexRewrite(regexRewrite, ctx.child('regex_rewrite'));
    return substitution && new RegexRewrite(substitution);
  }
  if (pathRewrite !== '') return new FormatRewrite(parseHeaderFormat(pathRewrite, ctx.child('path_rewrite')));
  if (pathRewritePolicy === undefined) return undefined;
  const at = ctx.child('path_rewrite_policy');
  const resolved = resolveExtension<PathRewriteExtension>(at, 'envoy.path.rewrite', {
    name: pathRewritePolicy.name,
    typedConfig: pathRewritePolicy.typedConfig,
  });
  const policy = resolved?.config as PathRewritePolicy | undefined;
  if (policy === undefined) return undefined;
  const conflict = policy.checkCompatible(matcher.policy);
  if (conflict !== undefined) at.error(conflict);
  return new PolicyRewrite(policy);
}

function parseHostRewrite(action: RouteAction, ctx: ConfigContext): HostRewrite | undefined {
  const { hostRewriteSpecifier: specifier } = action;
  switch (specifier.case) {
    case 'hostRewriteLiteral':
      return specifier.value === '' ? undefined : new LiteralHost(specifier.value);
    case 'hostRewrite':
      if (specifier.value === '') return undefined;
      return new FormattedHost(
        parseHeaderFormat(specifier.value, ctx.child('host_rewrite'), { omitEmptyValues: false }),
      );
    case 'hostRewriteHeader':
      return specifier.value === '' ? undefined : new HostFromHeader(specifier.value);
    case 'hostRewritePathRegex': {
      const substitution = parseRegexRewrite(specifier.value, ctx.child('host_rewrite_path_regex'));
      return substitution && new HostFromPath(substitution);
    }
    default:
      return undefined;
  }
}
