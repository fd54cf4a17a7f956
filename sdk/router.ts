/** What a matched route says (envoy/router/router.h). Implementation: src/common/router. */
import type { Extension, Runtime, ServerFactoryContext } from './extension.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from './headers.ts';
import type { Counter } from './stats.ts';
import type { FilterState, StreamInfo, Struct } from './stream-info.ts';
import type { Host, HostSet, PriorityLoad } from './upstream.ts';

export interface VirtualHost {
  readonly name: string;
  /** Name of the RouteConfiguration that it is part of. */
  readonly routeConfigName: string;
  /** `ignore_path_parameters_in_path_matching`. */
  readonly ignorePathParameters: boolean;
  /** Adds `x-envoy-is-timeout-retry` to retries. */
  readonly includeIsTimeoutRetryHeader: boolean;
  /** `metadata` of the virtual host, by namespace. */
  readonly metadata: ReadonlyMap<string, Struct>;
  readonly rateLimits: readonly RateLimitPolicy[];
}

/** A part of the traffic without a key of its own. */
export type Fraction = Omit<RuntimeFraction, 'runtimeKey'>;

/** How much of the traffic is traced; undefined = all of it. */
export interface TracingSampling {
  readonly client: Fraction | undefined;
  readonly random: Fraction | undefined;
  readonly overall: Fraction | undefined;
}

/** The name that a route gives its requests for tracing. */
export interface Decorator {
  readonly operation: string;
  /** The peer is told. */
  readonly propagate: boolean;
}

/** What all routes have. */
export interface Route {
  readonly routeName: string;
  readonly decorator?: Decorator | undefined;
  /** Instead of the connection manager's. */
  readonly tracing?: TracingSampling | undefined;
  readonly virtualHost: VirtualHost;
  readonly metadata: ReadonlyMap<string, Struct>;
  /** Exactly one of these is set; none on a route that only filters act on (`non_forwarding_action`). */
  readonly directResponse: DirectResponseEntry | undefined;
  readonly routeEntry: RouteEntry | undefined;
  /** True = this filter is switched off on this route; undefined = not said. */
  filterDisabled(filterName: string): boolean | undefined;
  /** The most specific configuration of a filter by its name in the chain. */
  perFilterConfig(filterName: string): unknown;
  /** Every level's, least specific first. */
  perFilterConfigs(filterName: string): readonly unknown[];
}

/** Redirects and direct responses. */
export interface DirectResponseEntry {
  readonly responseCode: number;
  /** `Location`: where a redirect leads to, what was asked for where a direct response is a 201 or 3xx. */
  newUri(headers: RequestHeaderMap, streamInfo: StreamInfo): string | undefined;
  /** Formatted where the configuration says so; undefined = none. */
  responseBody(headers: RequestHeaderMap, streamInfo: StreamInfo): Uint8Array | undefined;
  /** Undefined = text/plain. */
  readonly responseContentType: string | undefined;
  rewritePathHeader(headers: RequestHeaderMap, streamInfo: StreamInfo, insertOriginalPath: boolean): void;
  finalizeResponseHeaders(headers: ResponseHeaderMap, requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): void;
}
export type RoutePriority = 'default' | 'high';

/** Statistics that virtual clusters and routes with a `stat_prefix` keep, under `prefix`. */
export interface RouteStats {
  /** `vhost.<virtual host>.vcluster.<name>.` or `vhost.<virtual host>.route.<stat_prefix>.` */
  readonly prefix: string;
  readonly upstreamRqTotal: Counter;
  readonly upstreamRqRetry: Counter;
  readonly upstreamRqRetryLimitExceeded: Counter;
  readonly upstreamRqRetryOverflow: Counter;
  readonly upstreamRqRetrySuccess: Counter;
  readonly upstreamRqTimeout: Counter;
}

export interface VirtualCluster {
  /** '' for the requests that none of the configured ones takes. */
  readonly name: string;
  readonly stats: RouteStats;
}

/** Matches headers: of responses for retriable ones, of requests for what may be retried at all. */
export interface HeaderPredicate {
  matches(headers: HeaderMap): boolean;
}

/** When the upstream says itself how long to wait. */
export interface RateLimitedBackOff {
  readonly resetHeaders: readonly { readonly name: string; readonly format: 'SECONDS' | 'UNIX_TIMESTAMP' }[];
  readonly maxIntervalMs: number;
}

/** `retry_policy`, checked; times in milliseconds, 0 = none. */
export interface RetryPolicy {
  /** Bits of RetryOn (src/common/router/retry-on.ts). */
  readonly retryOn: number;
  readonly numRetries: number;
  readonly perTryTimeoutMs: number;
  readonly perTryIdleTimeoutMs: number;
  readonly hostSelectionMaxAttempts: number;
  readonly retriableStatusCodes: readonly number[];
  readonly retriableHeaders: readonly HeaderPredicate[];
  readonly retriableRequestHeaders: readonly HeaderPredicate[];
  /** Undefined = of runtime `upstream.base_retry_backoff_ms`, 25 ms. */
  readonly baseIntervalMs: number | undefined;
  readonly maxIntervalMs: number | undefined;
  readonly rateLimitedBackOff: RateLimitedBackOff | undefined;
  /** Each makes the predicate of one request. */
  readonly hostPredicates: readonly (() => RetryHostPredicate)[];
  readonly retryPriority: (() => RetryPriority) | undefined;
  /** The route chooses its cluster anew for each retry. */
  readonly refreshClusterOnRetry: boolean;
}

/** A part of the traffic, drawn with a runtime key. */
export interface RuntimeFraction {
  readonly runtimeKey: string;
  readonly numerator: number;
  readonly denominator: 100 | 10_000 | 1_000_000;
}

/** `request_mirror_policies`. */
export interface ShadowPolicy {
  /** One of both is '', unless neither. */
  readonly cluster: string;
  readonly clusterHeader: string;
  readonly runtimeFraction: RuntimeFraction | undefined;
  readonly disableHostSuffix: boolean;
  /** '' = the request's own with `-shadow`. */
  readonly hostRewriteLiteral: string;
  finalizeHeaders(headers: RequestHeaderMap, streamInfo: StreamInfo): void;
}

/** What a request is counted under, by the actions of one of `rate_limits`. */
export interface RateLimitDescriptor {
  readonly entries: readonly { readonly key: string; readonly value: string }[];
  /** Undefined = 1. */
  readonly hitsAddend: number | undefined;
  readonly xRateLimitOption: XRateLimitOption;
}
export type XRateLimitOption = 'UNSPECIFIED' | 'OFF' | 'DRAFT_VERSION_03';

/** One of `rate_limits` of a route, a virtual host or a filter. */
export interface RateLimitPolicy {
  readonly stage: number;
  readonly disableKey: string;
  readonly applyOnStreamDone: boolean;
  /** Undefined when one of the actions finds nothing. */
  descriptor(request: RateLimitInput): RateLimitDescriptor | undefined;
}
export interface RateLimitInput {
  readonly headers: RequestHeaderMap;
  readonly streamInfo: StreamInfo;
  readonly route: Route | undefined;
  /** Metadata of the route's cluster. */
  readonly clusterMetadata: ReadonlyMap<string, Struct> | undefined;
  /** Our own `cluster` of the bootstrap's node. */
  readonly localCluster: string;
}

/** Cross-origin resource sharing: of one level of the route configuration; what is '' or undefined is the next level's. */
export interface CorsPolicy {
  readonly allowOrigins: readonly { match(origin: string): boolean }[];
  readonly allowMethods: string;
  readonly allowHeaders: string;
  readonly exposeHeaders: string;
  readonly maxAge: string;
  readonly allowCredentials: boolean | undefined;
  readonly allowPrivateNetworkAccess: boolean | undefined;
  readonly forwardNotMatchingPreflights: boolean | undefined;
  /** Undefined = on. */
  readonly filterEnabled: RuntimeFraction | undefined;
  /** Undefined = off. */
  readonly shadowEnabled: RuntimeFraction | undefined;
}

/** `internal_redirect_policy`. */
export interface InternalRedirectPolicy {
  readonly maxInternalRedirects: number;
  readonly redirectResponseCodes: ReadonlySet<number>;
  readonly allowCrossSchemeRedirect: boolean;
  readonly responseHeadersToCopy: readonly string[];
  readonly predicates: readonly InternalRedirectPredicate[];
}

/** `upgrade_configs[].connect_config`: the tunnel ends here, its payload goes on over TCP. */
export interface ConnectConfig {
  readonly allowPost: boolean;
  /** Of the PROXY header that tells the upstream of the client's connection; undefined = none. */
  readonly proxyProtocol: 'V1' | 'V2' | undefined;
}

/** Hashes what the route says for hashing load balancers; may ask for a cookie to be set. */
export interface HashPolicy {
  generateHash(request: HashInput): bigint | undefined;
}
export interface HashInput {
  readonly headers: RequestHeaderMap;
  readonly streamInfo: StreamInfo;
  /** `Set-Cookie` lines that the response must carry are added here; undefined where there can be none. */
  addSetCookie?(value: string): void;
}

/** A request that looks for its route. */
export interface RouteRequest {
  readonly headers: RequestHeaderMap;
  readonly streamInfo: StreamInfo;
  /** In [0, 2^53), stable over the request's life: draws of fractions and weights are made with it. */
  readonly random: number;
  readonly runtime: Runtime;
}

/** The times that a request has, in ms; 0 = as long as it takes. */
export interface RequestTimeouts {
  readonly globalMs: number;
  readonly perTryMs: number;
  readonly perTryIdleMs: number;
}

/** A route to a cluster. Milliseconds everywhere; undefined = not configured. */
export interface RouteEntry {
  readonly clusterName: string;
  /** Of the answer when there is no such cluster. */
  readonly clusterNotFoundResponseCode: number;
  readonly priority: RoutePriority;
  /** Of a request that says nothing of its timeouts itself, by its headers or as gRPC. Default 15 s in all. */
  readonly requestTimeouts: RequestTimeouts;
  readonly idleTimeoutMs: number | undefined;
  /** `max_stream_duration.max_stream_duration`: instead of the connection manager's; 0 = none. */
  readonly maxStreamDurationMs: number | undefined;
  readonly grpcTimeoutHeaderMaxMs: number | undefined;
  readonly grpcTimeoutHeaderOffsetMs: number | undefined;
  /** The deprecated `max_grpc_timeout` and its offset. */
  readonly maxGrpcTimeoutMs: number | undefined;
  readonly grpcTimeoutOffsetMs: number | undefined;
  /** `max_stream_duration` is configured: timeouts of gRPC are of the stream, not of the route. */
  readonly usingNewTimeouts: boolean;
  readonly retryPolicy: RetryPolicy | undefined;
  readonly hedgeOnPerTryTimeout: boolean;
  readonly shadowPolicies: readonly ShadowPolicy[];
  readonly internalRedirectPolicy: InternalRedirectPolicy | undefined;
  readonly hashPolicy: HashPolicy | undefined;
  /** `metadata_match` of route and weighted cluster merged: the fields of `envoy.lb`. */
  readonly metadataMatch: ReadonlyMap<string, unknown> | undefined;
  readonly connectConfig: ConnectConfig | undefined;
  readonly autoHostRewrite: boolean;
  readonly appendXForwardedHost: boolean;
  readonly includeAttemptCountInRequest: boolean;
  readonly includeAttemptCountInResponse: boolean;
  /** `request_body_buffer_limit` and kin; undefined = the connection's. */
  readonly requestBodyBufferLimit: number | undefined;
  /** Of the route's `stat_prefix`. */
  readonly routeStats: RouteStats | undefined;
  /** The deprecated `cors` of the route and of its virtual host, most specific first. */
  readonly corsPolicies: readonly CorsPolicy[];
  readonly rateLimits: readonly RateLimitPolicy[];
  /** Those of the virtual host count as well. */
  readonly includeVirtualHostRateLimits: boolean;
  virtualCluster(headers: RequestHeaderMap): VirtualCluster | undefined;
  /** Chooses the cluster anew, for another attempt (`refresh_cluster_on_retry`); undefined = it stays. */
  refreshed(request: RouteRequest): Route | undefined;
  /** `upgrade_configs` of the route by type in lower case (`connect` for CONNECT); undefined = not said. */
  upgradeEnabled(upgradeType: string): boolean | undefined;
  /** The host that `finalizeRequestHeaders` is going to put into the request, as far as the route decides it. */
  requestHostValue(headers: RequestHeaderMap, streamInfo: StreamInfo): string;
  finalizeRequestHeaders(headers: RequestHeaderMap, streamInfo: StreamInfo, insertOriginalPath: boolean): void;
  /** Informational responses have headers removed, and none added. */
  finalize1xxHeaders(headers: ResponseHeaderMap): void;
  finalizeResponseHeaders(headers: ResponseHeaderMap, requestHeaders: RequestHeaderMap, streamInfo: StreamInfo): void;
}

/** `path_match_policy` of a route, made by an extension of category `envoy.path.match`. */
export interface PathMatchPolicy {
  /** @param path without query and fragment */
  match(path: string): boolean;
  /** The pattern as configured. */
  readonly template: string;
}
export type PathMatchExtension = Extension<'envoy.path.match', PathMatchPolicy>;

/** `path_rewrite_policy` of a route, made by an extension of category `envoy.path.rewrite`. */
export interface PathRewritePolicy {
  /** Undefined when the path cannot be rewritten: it stays as it is. Both without query and fragment. */
  rewritePath(path: string, match: PathMatchPolicy): string | undefined;
  /** What is wrong with the two together; undefined when they fit. */
  checkCompatible(match: PathMatchPolicy | undefined): string | undefined;
}
export type PathRewriteExtension = Extension<'envoy.path.rewrite', PathRewritePolicy>;

/** Says which hosts a retry should not go to (envoy/upstream/retry.h). One object a request. */
export interface RetryHostPredicate {
  shouldSelectAnotherHost(host: Host): boolean;
  onHostAttempted(host: Host): void;
}
export interface RetryHostPredicateExtension<Config = unknown>
  extends Extension<'envoy.retry_host_predicates', Config> {
  createPredicate(config: Config): RetryHostPredicate;
}

/** Says how a retry's load is spread over the priorities. One object a request. */
export interface RetryPriority {
  determinePriorityLoad(hostSets: readonly HostSet[], original: PriorityLoad): PriorityLoad;
  onHostAttempted(host: Host): void;
}
export interface RetryPriorityExtension<Config = unknown> extends Extension<'envoy.retry_priorities', Config> {
  createRetryPriority(config: Config): RetryPriority;
}

/** Says whether an internal redirect may go to a route. */
export interface InternalRedirectPredicate {
  acceptTargetRoute(redirect: {
    readonly filterState: FilterState;
    readonly currentRouteName: string;
    readonly targetRouteName: string;
    readonly downstreamIsHttps: boolean;
    readonly targetIsHttps: boolean;
  }): boolean;
}
export interface InternalRedirectPredicateExtension<Config = unknown>
  extends Extension<'envoy.internal_redirect_predicates', Config> {
  createPredicate(config: Config): InternalRedirectPredicate;
}

/** Chooses the cluster of a request. */
export interface ClusterSpecifier {
  /**
   * Undefined = there is none for it: at first the request fails, on a retry its cluster stays.
   * @param hashPolicy of the route
   */
  cluster(request: RouteRequest, hashPolicy: HashPolicy | undefined): string | undefined;
}
export interface ClusterSpecifierExtension<Config = unknown>
  extends Extension<'envoy.router.cluster_specifier_plugin', Config> {
  createClusterSpecifier(config: Config, context: ServerFactoryContext): ClusterSpecifier;
  /** Clusters that must exist; `where` follows in the complaint that one does not: ` in priority group 'a'`. */
  clusters?(config: Config): readonly { readonly name: string; readonly where: string }[];
}
