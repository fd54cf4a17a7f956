import type { RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type {
  ConnectConfig,
  CorsPolicy,
  DirectResponseEntry,
  HashPolicy,
  InternalRedirectPolicy,
  RateLimitPolicy,
  RequestTimeouts,
  RetryPolicy,
  Route,
  RouteEntry,
  RoutePriority,
  RouteRequest,
  RouteStats,
  ShadowPolicy,
  VirtualCluster,
} from '../../../sdk/router.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { ConfiguredRoute, type RouteIdentity } from './configured-route.ts';
import { updateAuthority } from './host-rewrite.ts';
import type { PathMatcher } from './path-matcher.ts';
import { rewritePathHeader } from './path-rewrite.ts';
import { portStart } from './path-text.ts';
import type { RouteActionConfig } from './route-action.ts';
import type { RouteLevel, VirtualHostLevel } from './route-level.ts';
import type { RouteStatsHolder } from './route-stats.ts';

/** What one of `weighted_clusters` says besides the route that it belongs to. */
export interface ClusterLevel extends RouteLevel {
  /** '' = not rewritten. */
  readonly hostRewriteLiteral: string;
  readonly metadataMatch: ReadonlyMap<string, unknown> | undefined;
}

/** Where a further attempt of a request goes (`refresh_cluster_on_retry`). */
export interface ClusterRefresh {
  /** Undefined = where `current` goes. */
  next(current: ForwardingRoute, request: RouteRequest): Route | undefined;
}

export interface ForwardingRouteConfig {
  readonly identity: RouteIdentity;
  readonly virtualHost: VirtualHostLevel;
  readonly matcher: PathMatcher;
  readonly action: RouteActionConfig;
  readonly requestBodyBufferLimit: number | undefined;
  readonly statsHolder: RouteStatsHolder | undefined;
}

/** A route to one cluster: as configured, one of a weighted choice, or chosen by a header of the request. */
export class ForwardingRoute extends ConfiguredRoute implements RouteEntry {
  readonly clusterName: string;
  readonly config: ForwardingRouteConfig;
  readonly #action: RouteActionConfig;
  /** Of the weighted cluster. */
  readonly level: ClusterLevel | undefined;
  readonly #refresh: ClusterRefresh | undefined;

  constructor(config: ForwardingRouteConfig, clusterName: string, cluster?: ClusterLevel, refresh?: ClusterRefresh) {
    super(config.identity, config.virtualHost);
    this.config = config;
    this.clusterName = clusterName;
    this.#action = config.action;
    this.level = cluster;
    this.#refresh = refresh;
  }

  get routeEntry(): RouteEntry {
    return this;
  }

  get directResponse(): DirectResponseEntry | undefined {
    return undefined;
  }

  get clusterNotFoundResponseCode(): number {
    return this.#action.clusterNotFoundResponseCode;
  }

  get priority(): RoutePriority {
    return this.#action.priority;
  }

  get requestTimeouts(): RequestTimeouts {
    return this.#action.requestTimeouts;
  }

  get idleTimeoutMs(): number | undefined {
    return this.#action.timeouts.idleTimeoutMs;
  }

  get maxStreamDurationMs(): number | undefined {
    return this.#action.timeouts.maxStreamDurationMs;
  }

  get grpcTimeoutHeaderMaxMs(): number | undefined {
    return this.#action.timeouts.grpcTimeoutHeaderMaxMs;
  }

  get grpcTimeoutHeaderOffsetMs(): number | undefined {
    return this.#action.timeouts.grpcTimeoutHeaderOffsetMs;
  }

  get maxGrpcTimeoutMs(): number | undefined {
    return this.#action.timeouts.maxGrpcTimeoutMs;
  }

  get grpcTimeoutOffsetMs(): number | undefined {
    return this.#action.timeouts.grpcTimeoutOffsetMs;
  }

  get usingNewTimeouts(): boolean {
    return this.#action.timeouts.usingNewTimeouts;
  }

  get retryPolicy(): RetryPolicy | undefined {
    return this.#action.retryPolicy;
  }

  get hedgeOnPerTryTimeout(): boolean {
    return this.#action.hedgeOnPerTryTimeout;
  }

  get shadowPolicies(): readonly ShadowPolicy[] {
    return this.#action.shadowPolicies;
  }

  get internalRedirectPolicy(): InternalRedirectPolicy | undefined {
    return this.#action.internalRedirectPolicy;
  }

  get hashPolicy(): HashPolicy | undefined {
    return this.#action.hashPolicy;
  }

  get metadataMatch(): ReadonlyMap<string, unknown> | undefined {
    return this.level?.metadataMatch ?? this.#action.metadataMatch;
  }

  get connectConfig(): ConnectConfig | undefined {
    return this.#action.upgrades?.connectConfig;
  }

  get autoHostRewrite(): boolean {
    return this.#action.autoHostRewrite;
  }

  get appendXForwardedHost(): boolean {
    return this.#action.appendXForwardedHost;
  }

  get includeAttemptCountInRequest(): boolean {
    return this.virtualHost.includeAttemptCountInRequest;
  }

  get includeAttemptCountInResponse(): boolean {
    return this.virtualHost.includeAttemptCountInResponse;
  }

  get requestBodyBufferLimit(): number | undefined {
    return this.config.requestBodyBufferLimit;
  }

  get routeStats(): RouteStats | undefined {
    return this.config.statsHolder?.stats;
  }

  get corsPolicies(): readonly CorsPolicy[] {
    return this.#action.corsPolicies;
  }

  get rateLimits(): readonly RateLimitPolicy[] {
    return this.#action.rateLimits;
  }

  get includeVirtualHostRateLimits(): boolean {
    return this.#action.includeVirtualHostRateLimits;
  }

  refreshed(request: RouteRequest): Route | undefined {
    return this.#refresh?.next(this, request);
  }

  virtualCluster(headers: RequestHeaderMap): VirtualCluster | undefined {
    return this.virtualHost.virtualClusters?.find(headers);
  }

  upgradeEnabled(upgradeType: string): boolean | undefined {
    return this.#action.upgrades?.enabled.get(upgradeType);
  }

  override filterDisabled(filterName: string): boolean | undefined {
    return this.level?.filterConfigs?.disabled(filterName) ?? super.filterDisabled(filterName);
  }

  override perFilterConfig(filterName: string): unknown {
    return this.level?.filterConfigs?.get(filterName) ?? super.perFilterConfig(filterName);
  }

  override perFilterConfigs(filterName: string): readonly unknown[] {
    const own = this.level?.filterConfigs?.get(filterName);
    const outer = super.perFilterConfigs(filterName);
    return own === undefined ? outer : [...outer, own];
  }

  requestHostValue(headers: RequestHeaderMap, streamInfo: StreamInfo): string {
    const ofCluster = this.level?.hostRewriteLiteral ?? '';
    return ofCluster || this.#action.hostRewrite?.host(headers, streamInfo) || headers.host;
  }

  finalizeRequestHeaders(headers: RequestHeaderMap, streamInfo: StreamInfo, insertOriginalPath: boolean): void {
    const cluster = this.level;
    if (cluster !== undefined) {
      cluster.requestMutations?.applyToRequest(headers, streamInfo);
      if (cluster.hostRewriteLiteral !== '') headers.host = cluster.hostRewriteLiteral;
    }
    this.mutateRequest(headers, streamInfo);
    const { hostRewrite, pathRewrite } = this.#action;
    if (streamInfo.hasFilterState !== false && headers.method === 'CONNECT') restoreConnectPort(headers, streamInfo);
    if (hostRewrite !== undefined) {
      const host = hostRewrite.host(headers, streamInfo);
      if (host !== undefined && host !== '') {
        updateAuthority(headers, host, this.#action.appendXForwardedHost, insertOriginalPath);
      }
    }
    if (pathRewrite !== undefined) {
      rewritePathHeader(pathRewrite, this.config.matcher, headers, streamInfo, insertOriginalPath);
    }
  }

  finalize1xxHeaders(headers: ResponseHeaderMap): void {
    this.level?.responseMutations?.removeFrom(headers);
    this.removeFromResponse(headers);
  }

  finalizeResponseHeaders(headers: ResponseHeaderMap, requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): void {
    this.level?.responseMutations?.applyToResponse(headers, requestHeaders, streamInfo);
    this.mutateResponse(headers, requestHeaders, streamInfo);
  }
}

/** The connection manager strips the port that CONNECT needs (`strip_any_host_port`) and keeps it in filter state. */
function restoreConnectPort(headers: RequestHeaderMap, streamInfo: StreamInfo): void {
  if (portStart(headers.host) >= 0) return;
  const port = streamInfo.filterState.get('envoy.router.original_connect_port')?.serializeAsString?.();
  if (port !== undefined) headers.host = `${headers.host}:${port}`;
}
