import type { HttpFilterChain } from '../../../sdk/http.ts';
import type { ConnectionStats, TransportSocketFactory } from '../../../sdk/network.ts';
import type { HashPolicy, RetryPolicy, RoutePriority, ShadowPolicy } from '../../../sdk/router.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import type {
  ClusterInfo,
  ClusterRequestStats,
  ClusterTrafficStats,
  LoadBalancerStats,
  ResourceManager,
  UpstreamHttpProtocolOptions,
  UpstreamKind,
} from '../../../sdk/upstream.ts';
import { loadBalancerStats } from '../../common/load-balancer/load-balancer-stats.ts';
import type { ClusterConfig } from '../../common/upstream/cluster-config.ts';
import { createRequestStats } from '../../common/upstream/request-stats.ts';
import {
  type ConfiguredTransportSocket,
  findTransportSocketMatch,
} from '../../common/upstream/transport-socket-match.ts';
import { BREAKER_ROW } from '../../snapshot/cluster.ts';
import { createUpstreamFilterChain } from '../http/create-filter-chain.ts';
import { DeferredTrafficStats } from './deferred-traffic-stats.ts';
import type { UpstreamHost } from './host.ts';
import { ClusterResourceManager } from './resource-manager.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** What is fixed for a cluster on a worker (Envoy's ClusterInfoImpl). Lives until its last connection is closed. */
export class WorkerClusterInfo implements ClusterInfo, Disposable {
  readonly name: string;
  readonly observabilityName: string;
  readonly connectTimeoutMs: number;
  readonly perConnectionBufferLimitBytes: number;
  readonly upstreamHttpProtocolOptions: UpstreamHttpProtocolOptions | undefined;
  readonly maxStreamDurationMs: number;
  readonly upstreamKind: UpstreamKind;
  readonly retryPolicy: RetryPolicy | undefined;
  readonly hashPolicy: HashPolicy | undefined;
  readonly shadowPolicies: readonly ShadowPolicy[];
  readonly upstreamHttpFilters: HttpFilterChain | undefined;
  readonly config: ClusterConfig;
  readonly scope: Scope;
  readonly requestStats: ClusterRequestStats | undefined;
  readonly lbStats: LoadBalancerStats;
  readonly metadata: ReadonlyMap<string, Struct>;
  endpointCount = 0;
  /** Some of its hosts are told of each client by a PROXY header. */
  readonly writesProxyHeaders: boolean;
  readonly #ownFactory: TransportSocketFactory | undefined;
  readonly #matches: readonly { readonly match: Struct; readonly factory: TransportSocketFactory | undefined }[];
  readonly #context: UpstreamContext;
  readonly #maintenanceKey: string;
  readonly #resources: Readonly<Record<RoutePriority, ResourceManager>>;
  readonly #traffic: DeferredTrafficStats;

  constructor(config: ClusterConfig, breakers: SharedArrayBuffer, context: UpstreamContext) {
    this.name = config.name;
    this.observabilityName = config.observabilityName;
    this.connectTimeoutMs = config.connectTimeoutMs;
    this.perConnectionBufferLimitBytes = config.perConnectionBufferLimitBytes;
    this.upstreamHttpProtocolOptions = config.http.upstream;
    this.maxStreamDurationMs = config.http.maxStreamDurationMs;
    this.upstreamKind = config.upstreamKind;
    const { policies } = config.http;
    this.retryPolicy = policies.retryPolicy;
    this.hashPolicy = policies.hashPolicy;
    this.shadowPolicies = policies.shadowPolicies;
    this.config = config;
    this.metadata = config.metadata;
    this.#context = context;
    this.#maintenanceKey = `upstream.maintenance_mode.${config.name}`;
    this.scope = context.scope.scope(`cluster.${config.observabilityName}`, config.acceptsStat);
    this.#traffic = new DeferredTrafficStats(this.scope, context.deferTrafficStats === true);
    this.requestStats = createRequestStats(config.trackedStats, this.scope);
    this.lbStats = loadBalancerStats(this.scope);
    const { scope } = this;
    const createFactory = (socket: ConfiguredTransportSocket | undefined) =>
      socket?.extension.createTransportSocketFactory(socket.config, {
        ...context.serverContext(),
        ownerScope: scope,
        serverNames: [],
        unsupportedProtocols: [],
      });
    this.#ownFactory = createFactory(config.transportSocket);
    this.#matches = config.transportSocketMatches.map(({ match, socket }) => ({
      match,
      factory: createFactory(socket),
    }));
    this.writesProxyHeaders = [this.#ownFactory, ...this.#matches.map(({ factory }) => factory)].some(
      (factory) => factory?.writesProxyHeader === true,
    );
    const { filters } = config.http;
    this.upstreamHttpFilters =
      filters && createUpstreamFilterChain(filters, { ...context.serverContext(), scope, statsPrefix: '' });
    const counts = { values: new Int32Array(breakers), worker: context.workerIndex };
    // A worker that died in this place may have left its counts behind.
    counts.values.fill(0, context.workerIndex * BREAKER_ROW, (context.workerIndex + 1) * BREAKER_ROW);
    this.#resources = {
      default: new ClusterResourceManager(
        config.name,
        'default',
        config.circuitBreakers.default,
        counts,
        context.runtime,
      ),
      high: new ClusterResourceManager(config.name, 'high', config.circuitBreakers.high, counts, context.runtime),
    };
  }

  get trafficStats(): ClusterTrafficStats {
    return this.#traffic.stats;
  }

  /** A check of a host is a first use as well, though it counts nothing. */
  useTrafficStats(): void {
    this.#traffic.use();
  }

  get connectionStats(): ConnectionStats {
    return this.#traffic.connectionStats;
  }

  /** For connections to a host; undefined = raw. */
  transportSocketFactory({ metadata, localityMetadata }: UpstreamHost): TransportSocketFactory | undefined {
    if (this.#matches.length === 0) return this.#ownFactory;
    const found = findTransportSocketMatch(this.#matches, metadata, localityMetadata);
    return found === undefined ? this.#ownFactory : found.factory;
  }

  get dropOverload(): number {
    return this.config.loadAssignment.dropOverload;
  }

  isSecure(host: UpstreamHost): boolean {
    return this.transportSocketFactory(host)?.implementsSecureTransport === true;
  }

  get maintenanceMode(): boolean {
    return this.#context.runtime.snapshot.featureEnabled(this.#maintenanceKey, 0);
  }

  resourceManager(priority: RoutePriority): ResourceManager {
    return this.#resources[priority];
  }

  /** Ends the statistics, unless a newer cluster of the same name holds them too. */
  [Symbol.dispose](): void {
    this.#ownFactory?.[Symbol.dispose]?.();
    for (const { factory } of this.#matches) factory?.[Symbol.dispose]?.();
    this.scope[Symbol.dispose]();
  }

  extensionProtocolOptions(name: string): unknown {
    return this.config.extensionProtocolOptions.get(name);
  }
}
