/**
 * How an extension is described, registered and made. Our own extensions and an outsider's use the same shapes.
 * `parseConfig` is pure and runs on the main thread (a fault there rejects the configuration) and again on each worker;
 * the `create…` functions run on workers only, once a configuration.
 */
import type { Message } from '@bufbuild/protobuf';
import type { Buffer } from './buffer.ts';
import type { ConfigContext, ConfigResources, PackedConfig } from './config.ts';
import type { Dispatcher, Random, TimeSource } from './event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from './headers.ts';
import type { EarlyHeaderMutation, HttpFilterFactory, OriginalIpDetection, RequestIdGenerator } from './http.ts';
import type {
  CertificateInfo,
  DrainDecision,
  ListenerFilter,
  NetworkFilter,
  TrafficDirection,
  TransportSocketFactory,
} from './network.ts';
import type { Scope } from './stats.ts';
import type { StreamInfo, Struct } from './stream-info.ts';
import type { UdpListenerFilter, UdpListenerFilterCallbacks } from './udp.ts';
import type { ThreadLocalClusterManager } from './upstream.ts';

/** Envoy's factory categories. */
export type ExtensionCategory =
  | 'envoy.filters.http'
  | 'envoy.filters.http.upstream'
  | 'envoy.filters.network'
  | 'envoy.filters.listener'
  | 'envoy.filters.udp_listener'
  | 'envoy.udp_packet_writer'
  | 'envoy.transport_sockets.downstream'
  | 'envoy.transport_sockets.upstream'
  | 'envoy.clusters'
  | 'envoy.load_balancing_policies'
  | 'envoy.access_loggers'
  | 'envoy.access_loggers.extension_filters'
  | 'envoy.formatter'
  | 'envoy.request_id'
  | 'envoy.http.early_header_mutation'
  | 'envoy.http.original_ip_detection'
  | 'envoy.http.header_validators'
  | 'envoy.http.stateful_header_formatters'
  | 'envoy.matching.http.input'
  | 'envoy.matching.network.input'
  | 'envoy.matching.stat_tag_matching_data.input'
  | 'envoy.matching.common_inputs'
  | 'envoy.matching.input_matchers'
  | 'envoy.matching.network.custom_matchers'
  | 'envoy.matching.http.custom_matchers'
  | 'envoy.matching.stat_tag_matching_data.custom_matchers'
  | 'envoy.matching.action'
  | 'envoy.path.match'
  | 'envoy.path.rewrite'
  | 'envoy.retry_host_predicates'
  | 'envoy.retry_priorities'
  | 'envoy.router.cluster_specifier_plugin'
  | 'envoy.internal_redirect_predicates'
  | 'envoy.rbac.matchers'
  | 'envoy.rbac.principals'
  | 'envoy.upstream_options'
  | 'envoy.health_checkers'
  | 'envoy.health_check.event_sinks'
  | 'envoy.resource_monitors'
  | 'envoy.guarddog_actions'
  | 'envoy.stats_sinks'
  | 'envoy.bootstrap';

export interface Extension<C extends ExtensionCategory = ExtensionCategory, Config = unknown> {
  readonly category: C;
  /** Envoy's name, e.g. `envoy.filters.http.router`. */
  readonly name: string;
  /** Full message names of its configuration, e.g. `envoy.extensions.filters.http.router.v3.Router`. */
  readonly configTypes: readonly string[];
  /** Checks the message, gathering faults in `ctx`, into an object that the create function takes. */
  parseConfig(message: Message, ctx: ConfigContext): Config;
}

export interface Logger {
  readonly name: string;
  trace(message: string): void;
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
  critical(message: string): void;
  readonly traceEnabled: boolean;
  readonly debugEnabled: boolean;
}

export interface RuntimeSnapshot {
  /** Whether a key with a percentage is on for this draw; `random` in [0, 2^53) makes the draw stable. */
  featureEnabled(
    key: string,
    defaultNumerator: number,
    denominator?: 100 | 10_000 | 1_000_000,
    random?: number,
  ): boolean;
  getInteger(key: string, fallback: number): number;
  getDouble(key: string, fallback: number): number;
  getBoolean(key: string, fallback: boolean): boolean;
  getString(key: string): string | undefined;
}
export interface Runtime {
  readonly snapshot: RuntimeSnapshot;
}

/** Who we are: bootstrap `node` and flags. */
export interface LocalInfo {
  readonly nodeId: string;
  readonly clusterName: string;
  readonly zone: string;
  /** `region` and `sub_zone` of the node; default: none. */
  readonly region?: string;
  readonly subZone?: string;
  /** `metadata` of the node; absent: none was given. */
  readonly metadata?: Struct | undefined;
  /** `cluster_manager.local_cluster_name`; '' or absent = none. */
  readonly localClusterName?: string;
  /** Address that `x-forwarded-for` appends and `x-envoy-…` use as ours. */
  readonly address: string;
}

/** An append-only log file written in batches, shared by name on a thread. */
export interface AccessLogFile {
  /** A byte string: each character is a byte, as in header values. */
  write(bytes: string): void;
  reopen(): void;
  flush(): void;
}
export interface AccessLogManager {
  /** A path, or `/dev/stdout`, `/dev/stderr`. Throws ConfigError when it cannot be opened. */
  createAccessLog(path: string): AccessLogFile;
}

/** A number that all threads see. Each change is of the value that is known: `while (!n.replace(known, next)) …`. */
export interface SharedNumber extends Disposable {
  readonly value: number;
  /** False, and nothing is changed, when it is not `expected` any more. */
  replace(expected: number, value: number): boolean;
}

/** A count to which all threads add. What a thread has added is taken back when it dies. */
export interface SharedCount extends Disposable {
  readonly value: number;
  /** Answers what it was before. */
  add(change: number): number;
}

/** What a worker asks the overload manager, by the names of its actions and load shed points. */
export interface OverloadState {
  /** Whether to act: always, never, or drawn as far as the action is scaled. */
  isDrawn(
    name:
      | 'envoy.overload_actions.stop_accepting_requests'
      | 'envoy.overload_actions.disable_http_keepalive'
      | 'envoy.load_shed_points.http_connection_manager_decode_headers'
      | 'envoy.load_shed_points.hcm_ondata_creating_codec'
      | 'envoy.load_shed_points.http_downstream_filter_check',
  ): boolean;
}

/** Timeouts that the overload manager may shorten (ScaleTimersOverloadActionConfig.TimerType). */
export type ScaledTimer =
  | 'http-connection-idle'
  | 'http-stream-idle'
  | 'transport-socket-connect'
  | 'http-connection-max';

/** Timeouts as long as they are at the moment (`envoy.overload_actions.reduce_timeouts`). */
export interface ScaledTimeouts {
  /** @param timeoutMs as it is configured */
  scale(timer: ScaledTimer, timeoutMs: number): number;
  /** Whoever waits is told when timeouts have become longer or shorter. */
  watch(onChange: () => void): Disposable;
}

/** Says how much of something the process uses; asked on the main thread, from time to time. */
export interface ResourceMonitor {
  /** 1 = all of it; undefined = it cannot be told. */
  pressure(): number | undefined;
}
export interface ResourceMonitorContext {
  readonly runtime: Runtime;
  readonly resources: ConfigResources;
  processMemoryBytes(): number;
}
export interface ResourceMonitorExtension<Config = unknown> extends Extension<'envoy.resource_monitors', Config> {
  createMonitor(config: Config, context: ResourceMonitorContext): ResourceMonitor;
}

/** What every extension gets on a worker. */
export interface ServerFactoryContext {
  /** 0… for workers; -1 for the main thread (admin). */
  readonly workerIndex: number;
  readonly dispatcher: Dispatcher;
  readonly timeSource: TimeSource;
  readonly random: Random;
  /** Without prefix. What extensions of a listener or filter chain name in it goes with that. */
  readonly scope: Scope;
  readonly runtime: Runtime;
  readonly localInfo: LocalInfo;
  readonly clusterManager: ThreadLocalClusterManager;
  readonly accessLogManager: AccessLogManager;
  readonly extensions: ExtensionLookup;
  /** Files and environment that configuration refers to, as its ConfigContext on main had them. */
  readonly resources?: ConfigResources;
  logger(name: string): Logger;
  /** One object a thread for a key, made on first use. */
  singleton<T>(key: string, create: () => T): T;
  /** Undefined where no overload manager is configured. */
  readonly overload?: OverloadState | undefined;
  /** Undefined where no timeout is ever shortened. */
  readonly scaledTimeouts?: ScaledTimeouts | undefined;
  /** The number of all threads under a key, 0 at first; disposing of it gives its place back. */
  sharedNumber(key: string): SharedNumber;
  /** The same for a count; its keys are of their own. */
  sharedCount(key: string): SharedCount;
  /** --drain-time-s, in ms. */
  readonly drainTimeMs: number;
  /** `stats_eviction_interval`; 0 = never. */
  readonly statsEvictionIntervalMs: number;
  /** Whether /healthcheck/fail was called. */
  readonly healthCheckFailed: () => boolean;
}

/** What filters of a listener get besides. */
export interface ListenerFactoryContext extends ServerFactoryContext {
  readonly listenerScope: Scope;
  readonly listenerName: string;
  readonly trafficDirection: TrafficDirection;
  readonly drainDecision: DrainDecision;
  /** `per_connection_buffer_limit_bytes`. */
  readonly bufferLimitBytes: number;
}

export interface HttpFilterContext extends ListenerFactoryContext {
  /** `http.<stat_prefix>.`. */
  readonly statsPrefix: string;
}

/** What HTTP filters between the router and an upstream get: they belong to a router or to a cluster, to no listener. */
export interface UpstreamHttpFilterContext extends ServerFactoryContext {
  /** `http.<stat_prefix>.` of the router's connection manager; '' for a cluster's filters, whose `scope` is the cluster's. */
  readonly statsPrefix: string;
}

/** Finds extensions; the registry is built once and handed down, never global. */
export interface ExtensionLookup {
  byName(category: ExtensionCategory, name: string): Extension | undefined;
  byConfigType(category: ExtensionCategory, messageName: string): Extension | undefined;
  all(category?: ExtensionCategory): readonly Extension[];
}

export interface HttpFilterExtension<Config = unknown, PerRoute = unknown>
  extends Extension<'envoy.filters.http', Config> {
  readonly perRouteConfigTypes?: readonly string[];
  parsePerRouteConfig?(message: Message, ctx: ConfigContext): PerRoute;
  /**
   * Once a worker for each configuration of a route table, when that is made: names what is there before a request comes,
   * such as statistics. Where it is absent, a configuration of a large table is read when a request first needs it.
   */
  bindPerRouteConfig?(config: PerRoute, context: ServerFactoryContext): void;
  /** Once a configuration; the function it returns makes one filter a stream. */
  createFilterFactory(config: Config, context: HttpFilterContext): HttpFilterFactory;
  /** Ends the chain (router). */
  readonly terminal?: boolean;
}

/**
 * An HTTP filter between the router and an upstream (`upstream_http_filters` of the router, `http_filters` of a cluster's
 * HttpProtocolOptions): one object an attempt. Per-route configuration is read by the filter of the same name or type
 * among those of clients; what is there for upstreams alone names its type there.
 */
export interface UpstreamHttpFilterExtension<Config = unknown>
  extends Extension<'envoy.filters.http.upstream', Config> {
  /** Once a configuration. Absent: the end of the chain, which is the router's own. */
  readonly createFilterFactory?: (config: Config, context: UpstreamHttpFilterContext) => HttpFilterFactory;
  /** Ends the chain (upstream_codec). */
  readonly terminal?: boolean;
}

/** A cluster that a configuration names outright. */
export interface ClusterReference {
  readonly name: string;
  /** What Envoy calls it in its complaint: `unknown weighted cluster`. */
  readonly kind: 'cluster' | 'weighted cluster' | 'shadow cluster';
  /** What follows in it: ` in priority group 'a'`. */
  readonly where?: string;
  /** Where in the configuration. */
  readonly path: string;
}

export interface NetworkFilterExtension<Config = unknown> extends Extension<'envoy.filters.network', Config> {
  createFilterFactory(config: Config, context: ListenerFactoryContext): () => NetworkFilter;
  /** Must be last, or must not be, depending on the configuration: true = it answers connections itself. */
  isTerminal(config: Config): boolean;
  /** Clusters that the configuration names outright and that must exist. */
  clusterReferences?(config: Config): readonly ClusterReference[];
  /** Inline route configurations (envoy.config.route.v3.RouteConfiguration) of a configuration, for /config_dump. */
  routeConfigs?(message: Message): readonly Message[];
  /** Scopes with their routes (envoy.config.route.v3.ScopedRouteConfiguration), likewise. */
  scopedRouteConfigs?(message: Message): ScopedRoutesConfig | undefined;
}

/** `scoped_routes` that stand in the configuration itself. */
export interface ScopedRoutesConfig {
  readonly name: string;
  readonly scopes: readonly (Message & { readonly name: string })[];
}

export interface ListenerFilterExtension<Config = unknown> extends Extension<'envoy.filters.listener', Config> {
  createFilterFactory(config: Config, context: ListenerFactoryContext): () => ListenerFilter;
}

export interface UdpListenerFilterExtension<Config = unknown> extends Extension<'envoy.filters.udp_listener', Config> {
  createFilterFactory(
    config: Config,
    context: ListenerFactoryContext,
  ): (callbacks: UdpListenerFilterCallbacks) => UdpListenerFilter;
}

export interface TransportSocketExtension<Config = unknown>
  extends Extension<'envoy.transport_sockets.downstream' | 'envoy.transport_sockets.upstream', Config> {
  createTransportSocketFactory(config: Config, context: TransportSocketFactoryContext): TransportSocketFactory;
  /** The certificates that a configuration works with; undefined when it is not about such. */
  certificatesInUse?(config: Config): CertificatesInUse | undefined;
}

/** Certificates of one TLS context, as /certs shows them (envoy.admin.v3.Certificate). */
export interface CertificatesInUse {
  /** Those that are trusted. */
  readonly authorities: readonly CertificateInUse[];
  readonly presented: readonly CertificateInUse[];
}

export interface CertificateInUse {
  /** A file's, or `<inline>`. */
  readonly path: string;
  readonly certificate: CertificateInfo;
  /** When the OCSP response that goes along begins and ends to hold: Unix milliseconds. */
  readonly ocspResponse?: { readonly validFromMs: number; readonly expirationMs: number } | undefined;
}

/** What transport sockets of a filter chain or a cluster get besides. */
export interface TransportSocketFactoryContext extends ServerFactoryContext {
  /** `listener.<address>.` or `cluster.<name>.`. */
  readonly ownerScope: Scope;
  /** `server_names` of the filter chain; empty for clusters. */
  readonly serverNames: readonly string[];
  /** Protocols of ALPN that the filters above cannot speak; they are not chosen, even if they are configured. */
  readonly unsupportedProtocols: readonly string[];
}

/** What an access log is given. Absent maps are empty maps. */
export interface LogContext {
  readonly requestHeaders: RequestHeaderMap | undefined;
  readonly responseHeaders: ResponseHeaderMap | undefined;
  readonly responseTrailers: HeaderMap | undefined;
  /** A character a byte (Latin-1). */
  readonly localReplyBody: string;
  /** Envoy's AccessLogType, e.g. `DownstreamEnd`. */
  readonly accessLogType: AccessLogType;
}
export type AccessLogType =
  | 'NotSet'
  | 'TcpUpstreamConnected'
  | 'TcpPeriodic'
  | 'TcpConnectionEnd'
  | 'DownstreamStart'
  | 'DownstreamPeriodic'
  | 'DownstreamEnd'
  | 'UpstreamPoolReady'
  | 'UpstreamPeriodic'
  | 'UpstreamEnd'
  | 'DownstreamTunnelSuccessfullyEstablished'
  | 'UdpTunnelUpstreamConnected'
  | 'UdpPeriodic'
  | 'UdpSessionEnd'
  | 'TcpConnectionStart';

/** One configured access log of a listener, connection manager, tcp_proxy or router. */
export interface AccessLog {
  log(context: LogContext, streamInfo: StreamInfo): void;
  /** After the last line of a stream or connection, whether or not a filter kept it from this log. */
  streamEnded?(streamInfo: StreamInfo): void;
}

export interface AccessLoggerExtension<Config = unknown> extends Extension<'envoy.access_loggers', Config> {
  createAccessLog(config: Config, context: ServerFactoryContext): AccessLog;
}

export interface RequestIdExtension<Config = unknown> extends Extension<'envoy.request_id', Config> {
  createRequestIdGenerator(config: Config, context: ServerFactoryContext): RequestIdGenerator;
}

export interface OriginalIpDetectionExtension<Config = unknown>
  extends Extension<'envoy.http.original_ip_detection', Config> {
  createOriginalIpDetection(config: Config): OriginalIpDetection;
}

export interface EarlyHeaderMutationExtension<Config = unknown>
  extends Extension<'envoy.http.early_header_mutation', Config> {
  createEarlyHeaderMutation(config: Config): EarlyHeaderMutation;
}

/** An extension found for a place of the configuration, with what it made of its message. */
export interface ResolvedExtension<E extends Extension> {
  readonly extension: E;
  /** The name given in the configuration; statistics and per-route configuration go by it. */
  readonly name: string;
  readonly config: E extends { parseConfig(...args: never[]): infer C } ? C : never;
}

/**
 * Finds the extension of a `{ name, typed_config }` by the type of its configuration, as Envoy does, and has it check
 * that. Undefined when it is not there or its message does not open: the fault is gathered in `ctx` then, with Envoy's words.
 */
export function resolveExtension<E extends Extension>(
  ctx: ConfigContext,
  category: E['category'],
  named: { readonly name: string; readonly typedConfig: PackedConfig | undefined },
): ResolvedExtension<E> | undefined {
  const { name, typedConfig } = named;
  const message = typedConfig === undefined ? undefined : ctx.child('typed_config').unpack(typedConfig);
  if (typedConfig !== undefined && message === undefined) return undefined;
  const type = message?.$typeName ?? '';
  const extension = ctx.extensions?.byConfigType(category, type) as E | undefined;
  if (extension === undefined || message === undefined) {
    ctx.error(
      `Didn't find a registered implementation for '${name}' with type URL: '${type}'`,
      nearName(ctx, category, name),
    );
    return undefined;
  }
  const parsed = ctx.collector.capture(() => ({ config: extension.parseConfig(message, ctx.child('typed_config')) }));
  return parsed === undefined ? undefined : ({ extension, name, config: parsed.config } as ResolvedExtension<E>);
}

function nearName(ctx: ConfigContext, category: ExtensionCategory, name: string): { expected?: string } {
  const known = ctx.extensions?.byName(category, name)?.configTypes[0];
  return known === undefined ? {} : { expected: `typed_config of type.googleapis.com/${known}` };
}

/** Types the pieces of an HTTP filter without repeating them. */
export function defineHttpFilter<C, P = never>(
  extension: Omit<HttpFilterExtension<C, P>, 'category'>,
): HttpFilterExtension<C, P> {
  return { category: 'envoy.filters.http', ...extension };
}

export function defineUpstreamHttpFilter<C>(
  extension: Omit<UpstreamHttpFilterExtension<C>, 'category'>,
): UpstreamHttpFilterExtension<C> {
  return { category: 'envoy.filters.http.upstream', ...extension };
}

/** A filter that may stand on either side of the router (Envoy's DualFactoryBase): it is registered for both. */
export function defineDualHttpFilter<C, P = never>(
  extension: Omit<HttpFilterExtension<C, P>, 'category' | 'createFilterFactory' | 'terminal'> & {
    readonly createFilterFactory: (config: C, context: UpstreamHttpFilterContext) => HttpFilterFactory;
  },
): readonly [HttpFilterExtension<C, P>, UpstreamHttpFilterExtension<C>] {
  const { name, configTypes, parseConfig, createFilterFactory } = extension;
  return [
    defineHttpFilter(extension),
    defineUpstreamHttpFilter({ name, configTypes, parseConfig, createFilterFactory }),
  ];
}

export function defineNetworkFilter<C>(
  extension: Omit<NetworkFilterExtension<C>, 'category'>,
): NetworkFilterExtension<C> {
  return { category: 'envoy.filters.network', ...extension };
}

export function defineListenerFilter<C>(
  extension: Omit<ListenerFilterExtension<C>, 'category'>,
): ListenerFilterExtension<C> {
  return { category: 'envoy.filters.listener', ...extension };
}

export function defineUdpListenerFilter<C>(
  extension: Omit<UdpListenerFilterExtension<C>, 'category'>,
): UdpListenerFilterExtension<C> {
  return { category: 'envoy.filters.udp_listener', ...extension };
}

export function defineAccessLogger<C>(extension: Omit<AccessLoggerExtension<C>, 'category'>): AccessLoggerExtension<C> {
  return { category: 'envoy.access_loggers', ...extension };
}

export type { Buffer };
