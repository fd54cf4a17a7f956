/** Clusters, hosts, load balancers, connection pools (envoy/upstream/). */
import type { Buffer } from './buffer.ts';
import type { Protocol, RequestEncoder, ResponseDecoder, StreamResetReason } from './codec.ts';
import type { ConfigContext } from './config.ts';
import type { Random, TimeSource } from './event.ts';
import type { Extension, Runtime } from './extension.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from './headers.ts';
import type { HttpFilterChain } from './http.ts';
import type { Address, ClientConnection, Connection, ConnectionInfo, TransportSocketOptions } from './network.ts';
import type { HashPolicy, RetryPolicy, RoutePriority, ShadowPolicy } from './router.ts';
import type { Counter, Gauge, Histogram, Scope } from './stats.ts';
import type { StreamInfo, Struct } from './stream-info.ts';
import type { SystemError } from './system-error.ts';
import type { UdpSocket } from './udp.ts';

export type HostHealth = 'Healthy' | 'Degraded' | 'Unhealthy';
export interface Locality {
  readonly region: string;
  readonly zone: string;
  readonly subZone: string;
}

/** Statistics of a host, as /clusters prints them. Counters and gauges of this thread. */
export interface HostStats {
  cxConnectFail: number;
  cxTotal: number;
  cxActive: number;
  rqError: number;
  rqSuccess: number;
  rqTimeout: number;
  rqTotal: number;
  rqActive: number;
  rqPendingActive: number;
}

export interface Host {
  readonly address: Address;
  readonly hostname: string;
  readonly weight: number;
  readonly priority: number;
  readonly locality: Locality;
  readonly metadata: ReadonlyMap<string, Struct>;
  /** Of its locality. Absent: none. */
  readonly localityMetadata?: ReadonlyMap<string, Struct>;
  readonly cluster: ClusterInfo;
  readonly stats: HostStats;
  readonly canary: boolean;
  /** `load_balancing_weight` of its locality; absent or 0 = none was given. */
  readonly localityWeight?: number;
  /** Since when this thread knows it, monotonic ms (slow start). */
  readonly sinceMs?: number;
  /** Absent where the cluster does not look after its hosts. */
  readonly monitor?: HostMonitor | undefined;
  health(): HostHealth;
}

/** Envoy's Outlier::Result: what became of reaching a host, or of a request to it that is not HTTP. */
export type OutlierResult =
  | 'ExtOriginRequestFailed'
  | 'ExtOriginRequestSuccess'
  | 'LocalOriginConnectFailed'
  | 'LocalOriginConnectSuccess'
  | 'LocalOriginConnectSuccessFinal'
  | 'LocalOriginTimeout';

/** What wants to hear how a host behaves, where the cluster looks after its hosts. */
export interface HostMonitor {
  /** Of an answer. */
  putHttpResponseCode(code: number): void;
  /** @param code what it counts as where outcomes are not told apart; default: what the result stands for */
  putResult(result: OutlierResult, code?: number): void;
  /** The host has said that it is not well (`x-envoy-immediate-health-check-fail`). */
  failImmediately(): void;
  /** Which answers are failures (`error_matcher`); undefined, or absent: those of status 5xx. */
  readonly isError?: ((headers: ResponseHeaderMap) => boolean) | undefined;
}

export interface HostSet {
  readonly priority: number;
  readonly hosts: readonly Host[];
  readonly healthyHosts: readonly Host[];
  readonly degradedHosts: readonly Host[];
  readonly excludedHosts: readonly Host[];
  /** Percent, default 140. */
  readonly overprovisioningFactor: number;
  readonly weightedPriorityHealth: boolean;
  /** Of a part of a cluster's hosts; absent: what the hosts say of their localities. */
  readonly localityWeights?: LocalityWeights;
}

/** What localities weigh in a set of hosts. */
export interface LocalityWeights {
  /** There are none: nobody chooses by locality. */
  readonly isEmpty: boolean;
  /** That of a host. */
  of(host: Host): number;
}

/** Statistics of the traffic to a cluster, by Envoy's names in camelCase (`upstream_rq_timeout` = upstreamRqTimeout). */
export type ClusterTrafficStats = Readonly<
  Record<ClusterCounterName, Counter> & Record<ClusterGaugeName, Gauge> & Record<ClusterHistogramName, Histogram>
>;
export type ClusterCounterName =
  | 'bindErrors'
  | 'originalDstHostInvalid'
  | 'retryOrShadowAbandoned'
  | 'upstreamCxCloseNotify'
  | 'upstreamCxConnectAttemptsExceeded'
  | 'upstreamCxConnectFail'
  | 'upstreamCxConnectTimeout'
  | 'upstreamCxConnectWith0Rtt'
  | 'upstreamCxDestroy'
  | 'upstreamCxDestroyLocal'
  | 'upstreamCxDestroyLocalWithActiveRq'
  | 'upstreamCxDestroyRemote'
  | 'upstreamCxDestroyRemoteWithActiveRq'
  | 'upstreamCxDestroyWithActiveRq'
  | 'upstreamCxHttp1Total'
  | 'upstreamCxHttp2Total'
  | 'upstreamCxHttp3Total'
  | 'upstreamCxIdleTimeout'
  | 'upstreamCxMaxDurationReached'
  | 'upstreamCxMaxRequests'
  | 'upstreamCxNoneHealthy'
  | 'upstreamCxOverflow'
  | 'upstreamCxPoolOverflow'
  | 'upstreamCxPreconnectSkipped'
  | 'upstreamCxProtocolError'
  | 'upstreamCxRxBytesTotal'
  | 'upstreamCxTotal'
  | 'upstreamCxTxBytesTotal'
  | 'upstreamFlowControlBackedUpTotal'
  | 'upstreamFlowControlDrainedTotal'
  | 'upstreamFlowControlPausedReadingTotal'
  | 'upstreamFlowControlResumedReadingTotal'
  | 'upstreamHttp3Broken'
  | 'upstreamInternalRedirectFailedTotal'
  | 'upstreamInternalRedirectSucceededTotal'
  | 'upstreamRq0rtt'
  | 'upstreamRqActiveOverflow'
  | 'upstreamRqCancelled'
  | 'upstreamRqCompleted'
  | 'upstreamRqMaintenanceMode'
  | 'upstreamRqMaxDurationReached'
  | 'upstreamRqPendingFailureEject'
  | 'upstreamRqPendingOverflow'
  | 'upstreamRqPendingTotal'
  | 'upstreamRqPerTryIdleTimeout'
  | 'upstreamRqPerTryTimeout'
  | 'upstreamRqRetry'
  | 'upstreamRqRetryBackoffExponential'
  | 'upstreamRqRetryBackoffRatelimited'
  | 'upstreamRqRetryLimitExceeded'
  | 'upstreamRqRetryOverflow'
  | 'upstreamRqRetrySuccess'
  | 'upstreamRqRxReset'
  | 'upstreamRqRxResetNoError'
  | 'upstreamRqTimeout'
  | 'upstreamRqTotal'
  | 'upstreamRqTxReset';
export type ClusterGaugeName =
  | 'upstreamCxActive'
  | 'upstreamCxRxBytesBuffered'
  | 'upstreamCxTxBytesBuffered'
  | 'upstreamQueueOverloaded'
  | 'upstreamRqActive'
  | 'upstreamRqPendingActive';
export type ClusterHistogramName = 'upstreamCxConnectMs' | 'upstreamCxLengthMs' | 'upstreamRqPerCx';

/** Histograms that a cluster keeps when it is told to (`track_cluster_stats`). */
export interface ClusterRequestStats {
  readonly timeoutBudget: { readonly percentUsed: Histogram; readonly perTryPercentUsed: Histogram } | undefined;
  readonly sizes:
    | {
        readonly requestHeadersSize: Histogram;
        readonly requestHeadersCount: Histogram;
        readonly requestBodySize: Histogram;
        readonly responseHeadersSize: Histogram;
        readonly responseHeadersCount: Histogram;
        readonly responseBodySize: Histogram;
      }
    | undefined;
}

/** What is fixed for a cluster on a worker. */
export interface ClusterInfo {
  readonly name: string;
  /** alt_stat_name or name: what statistics use. */
  readonly observabilityName: string;
  readonly connectTimeoutMs: number;
  readonly perConnectionBufferLimitBytes: number;
  readonly scope: Scope;
  /** What the router and tcp_proxy write besides the pools. */
  readonly trafficStats: ClusterTrafficStats;
  readonly requestStats: ClusterRequestStats | undefined;
  readonly metadata: ReadonlyMap<string, Struct>;
  /** How many hosts it has now; absent where nobody counts them. */
  readonly endpointCount?: number;
  /** Drawn anew each time (`upstream.maintenance_mode.<cluster>`). */
  readonly maintenanceMode: boolean;
  /** Share of the requests that are not to be sent, from 0 to 1 (`drop_overloads`). */
  readonly dropOverload: number;
  /** Undefined = nothing of a request goes into the handshake. */
  readonly upstreamHttpProtocolOptions: UpstreamHttpProtocolOptions | undefined;
  readonly upstreamKind: UpstreamKind;
  /** `max_stream_duration` of the cluster's HTTP options in ms; 0 = none. */
  readonly maxStreamDurationMs: number;
  /** Of the cluster's HTTP options; what it has stands over the route's. */
  readonly retryPolicy: RetryPolicy | undefined;
  readonly hashPolicy: HashPolicy | undefined;
  readonly shadowPolicies: readonly ShadowPolicy[];
  /** Between the router and this cluster, in place of the router's own; undefined = those. The codec is not among them. */
  readonly upstreamHttpFilters: HttpFilterChain | undefined;
  /** Whether connections to the host are encrypted. */
  isSecure(host: Host): boolean;
  /** typed_extension_protocol_options by name, parsed. */
  extensionProtocolOptions(name: string): unknown;
}

/** By what requests go out: HTTP, bare TCP, or what a request is for: TCP where CONNECT ends here, HTTP else. */
export type UpstreamKind = 'generic' | 'http' | 'tcp';

/** What a request says of the TLS that it goes out by. */
export interface UpstreamHttpProtocolOptions {
  /** Its host is the name that the upstream is asked for. */
  readonly autoSni: boolean;
  /** The upstream's certificate must be for its host. */
  readonly autoSanValidation: boolean;
  /** Where this header is there, it stands for the host; '' = none does. */
  readonly overrideAutoSniHeader: string;
}

/** What a load balancer may ask of the request at hand. */
export interface LoadBalancerContext {
  /** 64-bit hash for hashing balancers; undefined = choose at random. */
  computeHashKey(): bigint | undefined;
  readonly metadataMatch: ReadonlyMap<string, unknown> | undefined;
  readonly downstreamConnection: Connection | undefined;
  readonly downstreamHeaders: RequestHeaderMap | undefined;
  readonly requestStreamInfo: StreamInfo | undefined;
  /** Retries: true = not this one (asked at most `hostSelectionRetryCount` times). */
  shouldSelectAnotherHost(host: Host): boolean;
  readonly hostSelectionRetryCount: number;
  readonly overrideHost: { readonly host: string; readonly strict: boolean } | undefined;
  readonly transportSocketOptions: TransportSocketOptions | undefined;
  /** `Set-Cookie` lines for the response; absent where there can be none. */
  addSetCookie?(line: string): void;
  /** Retries: which priorities have been tried (previous_priorities). */
  determinePriorityLoad?(original: PriorityLoad): PriorityLoad;
}

/** Percent of the load for each priority, by health. Sums to 100 together. */
export interface PriorityLoad {
  readonly healthy: readonly number[];
  readonly degraded: readonly number[];
}

/** A worker's balancer of one cluster. */
export interface LoadBalancer {
  chooseHost(context: LoadBalancerContext | undefined): Host | undefined;
  peekAnotherHost?(context: LoadBalancerContext | undefined): Host | undefined;
}

/** All hosts of a cluster by priority, as balancers see them. Tells of each update after it has been applied. */
export interface PrioritySet {
  readonly hostSets: readonly HostSet[];
  /** `added` and `removed` are empty when only health or weights changed. */
  addUpdateCallback(callback: HostsChanged): Disposable;
}
export type HostsChanged = (priority: number, added: readonly Host[], removed: readonly Host[]) => void;

/** Statistics that balancers write (`cluster.<name>.lb_…`). */
export interface LoadBalancerStats {
  readonly lbHealthyPanic: Counter;
  readonly lbLocalClusterNotOk: Counter;
  readonly lbRecalculateZoneStructures: Counter;
  readonly lbZoneClusterTooSmall: Counter;
  readonly lbZoneNoCapacityLeft: Counter;
  readonly lbZoneRoutingAllDirectly: Counter;
  readonly lbZoneRoutingCrossZone: Counter;
  readonly lbZoneRoutingSampled: Counter;
}

/** The cluster that we are of (`cluster_manager.local_cluster_name`), and where we are. */
export interface LocalCluster {
  readonly prioritySet: PrioritySet;
  /** As how many threads updates are counted: Envoy's main thread has balancers as well, the first worker counts for it. */
  readonly threads: number;
  readonly locality: Locality;
}

/** `common_lb_config` in the form in which balancers ask for it. */
export interface CommonLoadBalancerConfig {
  /** Percent, default 50; 0 switches panic off. */
  readonly healthyPanicThreshold: number;
}

/** What a balancer is made of, once a cluster and thread. */
export interface LoadBalancerContextOfCluster {
  readonly clusterName: string;
  readonly prioritySet: PrioritySet;
  readonly stats: LoadBalancerStats;
  readonly common: CommonLoadBalancerConfig;
  readonly random: Random;
  readonly runtime: Runtime;
  readonly timeSource: TimeSource;
  /** Undefined where none is named, and for that cluster itself. */
  readonly localCluster: LocalCluster | undefined;
  /** The cluster's. */
  readonly scope: Scope;
  /** Asking for them may make them: only where something is to be counted. */
  trafficStats(): ClusterTrafficStats;
  /** A host that the cluster did not have, usable at once: for policies that find hosts themselves. */
  addHost(address: Address): Host;
  /** Of tables that every thread makes alike one tells, in gauges that would add up. */
  readonly tellsOfTables: boolean;
}

/**
 * A load-balancing policy. `parseConfig` takes the policy's own message (`load_balancing_policy`); `parseLegacyConfig` the
 * `envoy.config.cluster.v3.Cluster` whose `lb_policy` is listed in `legacyPolicies` (numbers of Cluster.LbPolicy).
 */
export interface LoadBalancingPolicyExtension<Config = unknown>
  extends Extension<'envoy.load_balancing_policies', Config> {
  readonly legacyPolicies: readonly number[];
  parseLegacyConfig(cluster: Parameters<Extension['parseConfig']>[0], ctx: ConfigContext): Config;
  createLoadBalancer(config: Config, context: LoadBalancerContextOfCluster): LoadBalancer & Disposable;
}

export interface Cancellable {
  cancel(policy?: 'default' | 'closeExcess'): void;
}

/** Envoy's ConnectionPool::PoolFailureReason. */
export type PoolFailureReason = 'Overflow' | 'LocalConnectionFailure' | 'RemoteConnectionFailure' | 'Timeout';

export interface HttpPoolCallbacks {
  onPoolReady(
    encoder: RequestEncoder,
    host: Host,
    info: ConnectionInfo,
    streamInfo: StreamInfo,
    /** Undefined for a tunnel that ends in plain TCP. */
    protocol: Protocol | undefined,
  ): void;
  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void;
}

export interface HttpConnectionPool {
  readonly host: Host;
  /** Undefined when a callback was called at once. */
  newStream(decoder: ResponseDecoder, callbacks: HttpPoolCallbacks): Cancellable | undefined;
  /** A stream is active or waits. */
  readonly hasActiveConnections: boolean;
}

/** A connection lent by a TCP pool; give it back with `release()`. */
export interface TcpConnectionData {
  readonly connection: ClientConnection;
  addUpstreamCallbacks(callbacks: TcpUpstreamCallbacks): void;
  release(): void;
}
export interface TcpUpstreamCallbacks {
  onUpstreamData(data: Buffer, endStream: boolean): void;
  onEvent(event: 'RemoteClose' | 'LocalClose'): void;
  onAboveWriteBufferHighWatermark(): void;
  onBelowWriteBufferLowWatermark(): void;
}
export interface TcpPoolCallbacks {
  onPoolReady(data: TcpConnectionData, host: Host): void;
  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void;
}
export interface TcpConnectionPool {
  readonly host: Host;
  newConnection(callbacks: TcpPoolCallbacks): Cancellable | undefined;
}

/** A circuit breaker's resource: `count` is that of all threads, inc and dec are this thread's. */
export interface Resource {
  canCreate(): boolean;
  inc(): void;
  dec(): void;
  readonly count: number;
  readonly max: number;
}
export interface ResourceManager {
  readonly connections: Resource;
  readonly pendingRequests: Resource;
  readonly requests: Resource;
  readonly retries: Resource;
  readonly connectionPools: Resource;
  readonly maxConnectionsPerHost: number;
}

/** A cluster as a worker uses it. */
export interface ThreadLocalCluster {
  readonly name: string;
  readonly info: ClusterInfo;
  readonly hostSets: readonly HostSet[];
  readonly prioritySet: PrioritySet;
  readonly loadBalancer: LoadBalancer;
  resourceManager(priority: RoutePriority): ResourceManager;
  /** Chooses a host and gives its pool; undefined when there is no healthy host. */
  httpConnPool(
    priority: RoutePriority,
    downstreamProtocol: Protocol | undefined,
    context: LoadBalancerContext | undefined,
  ): HttpConnectionPool | undefined;
  /** A socket whose datagrams go to a host and come from it. */
  connectUdp(host: Host): UdpSocket | SystemError;
  tcpConnPool(priority: RoutePriority, context: LoadBalancerContext | undefined): TcpConnectionPool | undefined;
  /** Books the outcome of a request on the cluster's and zone's code statistics (upstream_rq_2xx …) is the router's job. */
}

/** Those who want to know of clusters that come, change or go. A changed cluster has new hosts. */
export interface ClusterUpdateCallbacks {
  onClusterAddOrUpdate?(cluster: ThreadLocalCluster): void;
  onClusterRemoval?(name: string): void;
}

/** A worker's view of all clusters. */
export interface ThreadLocalClusterManager {
  /** Tells of clusters that come, change or go. */
  addUpdateCallbacks(callbacks: ClusterUpdateCallbacks): Disposable;
  getThreadLocalCluster(name: string): ThreadLocalCluster | undefined;
}

export type { StreamResetReason };
