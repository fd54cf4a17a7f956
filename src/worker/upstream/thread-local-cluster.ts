import type { Protocol } from '../../../sdk/codec.ts';
import type { Address, TransportSocketOptions } from '../../../sdk/network.ts';
import type { RoutePriority } from '../../../sdk/router.ts';
import type { SystemError } from '../../../sdk/system-error.ts';
import type { UdpSocket } from '../../../sdk/udp.ts';
import type {
  Host,
  HostSet,
  HttpConnectionPool,
  LoadBalancer,
  LoadBalancerContext,
  LoadBalancerContextOfCluster,
  ResourceManager,
  TcpConnectionPool,
  ThreadLocalCluster,
} from '../../../sdk/upstream.ts';
import { SubsetLoadBalancer } from '../../common/load-balancer/subset-load-balancer.ts';
import { proxyProtocolOptions } from '../../common/network/proxy-protocol-state.ts';
import { HOST_ADDED, type HostAdded } from '../../snapshot/host-events.ts';
import type { HostsSnapshot } from '../../snapshot/hosts.ts';
import type { WorkerClusterInfo } from './cluster-info.ts';
import type { ConnPool, ConnPoolOptions } from './conn-pool.ts';
import type { UpstreamHost } from './host.ts';
import { hostMonitors } from './host-monitor.ts';
import { HostPools } from './host-pools.ts';
import { Http1ConnPool } from './http1-conn-pool.ts';
import { newHostSnapshot } from './new-host.ts';
import { selectOverrideHost } from './override-host.ts';
import { WorkerPrioritySet } from './priority-set.ts';
import { TcpConnPool } from './tcp-conn-pool.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** A cluster as this worker uses it (Envoy's ClusterEntry). */
export class WorkerCluster implements ThreadLocalCluster {
  readonly info: WorkerClusterInfo;
  readonly loadBalancer: LoadBalancer;
  readonly prioritySet: WorkerPrioritySet;
  readonly #context: UpstreamContext;
  readonly #disposeLoadBalancer: Disposable;
  /** Pools that have connections or waiting streams, those of removed hosts too. */
  #pools = 0;
  #draining = false;

  /** @param local the hosts of the cluster that we are of; undefined for itself, and where there is none */
  constructor(info: WorkerClusterInfo, context: UpstreamContext, local?: WorkerPrioritySet) {
    this.info = info;
    this.#context = context;
    this.prioritySet = new WorkerPrioritySet(
      {
        cluster: info,
        worker: context.workerIndex,
        nowMs: () => context.dispatcher.timeSource.monotonicTimeMs(),
        createMonitor: hostMonitors(info, context),
      },
      context.makeAddress,
    );
    const { loadBalancer } = info.config;
    if (loadBalancer === undefined) throw new Error(`cluster ${info.name} came without a load balancer`);
    const { extension, config: policy } = loadBalancer;
    const create = (of: LoadBalancerContextOfCluster) => extension.createLoadBalancer(policy, of);
    const { subsets } = info.config;
    const cluster: LoadBalancerContextOfCluster = {
      clusterName: info.name,
      prioritySet: this.prioritySet,
      stats: info.lbStats,
      common: info.config.commonLb,
      random: context.dispatcher.random,
      runtime: context.runtime,
      timeSource: context.dispatcher.timeSource,
      scope: info.scope,
      trafficStats: () => info.trafficStats,
      addHost: (address) => this.#addHost(address),
      tellsOfTables: context.workerIndex === 0,
      localCluster: local && {
        prioritySet: local,
        locality: context.locality,
        threads: context.workerIndex === 0 ? 2 : 1,
      },
    };
    const balancer = subsets === undefined ? create(cluster) : new SubsetLoadBalancer(cluster, subsets, create);
    this.loadBalancer = balancer;
    this.#disposeLoadBalancer = balancer;
  }

  /** Main hears of it, and tells the others. */
  #addHost(address: Address): UpstreamHost {
    const { tellMain, threads, dispatcher } = this.#context;
    const host = newHostSnapshot(this.info, address, threads, dispatcher.random);
    tellMain(HOST_ADDED, { cluster: this.name, host } satisfies HostAdded);
    return this.prioritySet.addPending(host);
  }

  get name(): string {
    return this.info.name;
  }

  get hostSets(): readonly HostSet[] {
    return this.prioritySet.hostSets;
  }

  resourceManager(priority: RoutePriority): ResourceManager {
    return this.info.resourceManager(priority);
  }

  httpConnPool(
    priority: RoutePriority,
    _downstreamProtocol: Protocol | undefined,
    context: LoadBalancerContext | undefined,
  ): HttpConnectionPool | undefined {
    const host = this.#chooseHost(context);
    if (host === undefined) return undefined;
    const options = this.#socketOptions(host, context);
    const owner = this.info.config.poolPerDownstreamConnection ? context?.downstreamConnection?.id : undefined;
    return host.pools?.http(priority, options, owner) ?? this.#createHttpPool(host, priority, options, owner);
  }

  tcpConnPool(priority: RoutePriority, context: LoadBalancerContext | undefined): TcpConnectionPool | undefined {
    const host = this.#chooseHost(context);
    if (host === undefined) return undefined;
    const options = this.#socketOptions(host, context);
    return host.pools?.tcp(priority, options) ?? this.#createTcpPool(host, priority, options);
  }

  connectUdp({ address }: Host): UdpSocket | SystemError {
    return this.#context.engine.connectUdp({ address });
  }

  /** Puts main's hosts in place; connections to hosts that are gone or unhealthy are drained or closed as configured. */
  updateHosts(snapshot: HostsSnapshot): void {
    const before = new Map([...this.prioritySet.hosts.values()].map((host) => [host, host.health()]));
    const removed = this.prioritySet.update(snapshot);
    this.info.endpointCount = this.prioritySet.hosts.size;
    for (const host of removed) for (const pool of poolsOf(host)) pool.drainAndDelete();
    if (this.info.config.closeConnectionsOnHostSetChange) this.#drainAll();
    for (const host of this.prioritySet.hosts.values()) {
      const failed = host.health() === 'Unhealthy' && (before.get(host) ?? 'Unhealthy') !== 'Unhealthy';
      if (failed) this.#onHealthFailure(host);
    }
  }

  /** Others may fare better with new connections, so these take no new requests; those of TCP end at once where it is wanted. */
  #onHealthFailure(host: UpstreamHost): void {
    const { closeConnectionsOnHostHealthFailure: closes } = this.info.config;
    for (const pool of poolsOf(host)) {
      if (closes && pool instanceof TcpConnPool) pool.closeConnections();
      else pool.drainConnections();
    }
  }

  /** The cluster is gone or replaced: no new streams, connections close with their last one. */
  drain(): void {
    this.#disposeLoadBalancer[Symbol.dispose]();
    this.#draining = true;
    for (const host of this.prioritySet.hosts.values()) for (const pool of poolsOf(host)) pool.drainAndDelete();
    this.#disposeIfDone();
  }

  /** Closes every connection now: the worker ends. */
  closeConnections(): void {
    for (const host of this.prioritySet.hosts.values()) for (const pool of poolsOf(host)) pool.closeConnections();
  }

  /** The statistics go when the last connection of a cluster that is gone is closed. */
  #disposeIfDone(): void {
    if (this.#draining && this.#pools === 0) this.info[Symbol.dispose]();
  }

  #drainAll(): void {
    for (const host of this.prioritySet.hosts.values()) for (const pool of poolsOf(host)) pool.drainConnections();
  }

  #chooseHost(context: LoadBalancerContext | undefined): UpstreamHost | undefined {
    const override = context?.overrideHost;
    let host: Host | undefined;
    if (override !== undefined) {
      host = selectOverrideHost(override.host, this.prioritySet);
      if (host === undefined && override.strict) return this.#noneHealthy();
    }
    host ??= this.loadBalancer.chooseHost(context);
    return host === undefined ? this.#noneHealthy() : (host as UpstreamHost);
  }

  /** Of the transport sockets of a host's connections for a request: what it wants, and whom to tell of. */
  #socketOptions(host: UpstreamHost, context: LoadBalancerContext | undefined): TransportSocketOptions | undefined {
    const options = context?.transportSocketOptions;
    if (!this.info.writesProxyHeaders) return options;
    const client = context?.downstreamConnection;
    if (client === undefined || this.info.transportSocketFactory(host)?.writesProxyHeader !== true) return options;
    return { ...options, proxyProtocol: proxyProtocolOptions(client) };
  }

  #noneHealthy(): undefined {
    this.info.trafficStats.upstreamCxNoneHealthy.inc();
    return undefined;
  }

  #createHttpPool(
    host: UpstreamHost,
    priority: RoutePriority,
    socketOptions: TransportSocketOptions | undefined,
    owner: number | undefined,
  ): Http1ConnPool | undefined {
    const { connectionPools } = this.resourceManager(priority);
    if (!connectionPools.canCreate()) {
      this.info.trafficStats.upstreamCxPoolOverflow.inc();
      return undefined;
    }
    connectionPools.inc();
    const onGone = (): void => {
      connectionPools.dec();
      if (host.pools?.hasHttp !== true) this.#showPoolBreakers();
    };
    const options = { ...this.#poolOptions(host, onGone, priority, socketOptions), owner };
    const pool = new Http1ConnPool(options, this.#context);
    this.#poolsOf(host).addHttp(priority, pool);
    return pool;
  }

  /** With a host's last pool Envoy forgets those of both priorities: the breakers of both have been in use then. */
  #showPoolBreakers(): void {
    for (const priority of routePriorities) {
      const { connectionPools } = this.resourceManager(priority);
      connectionPools.inc();
      connectionPools.dec();
    }
  }

  /** Pools of TCP connections are not counted against the circuit breaker for pools. */
  #createTcpPool(
    host: UpstreamHost,
    priority: RoutePriority,
    socketOptions: TransportSocketOptions | undefined,
  ): TcpConnPool {
    const pool = new TcpConnPool(this.#poolOptions(host, ignore, priority, socketOptions), this.#context);
    this.#poolsOf(host).addTcp(priority, pool);
    return pool;
  }

  #poolsOf(host: UpstreamHost): HostPools {
    this.#pools++;
    host.pools ??= new HostPools();
    return host.pools;
  }

  #poolOptions(
    host: UpstreamHost,
    onGone: () => void,
    priority: RoutePriority,
    socketOptions: TransportSocketOptions | undefined,
  ): ConnPoolOptions {
    return {
      dispatcher: this.#context.dispatcher,
      host,
      cluster: this.info,
      resources: this.resourceManager(priority),
      socketOptions,
      onIdle: (pool: ConnPool) => {
        if (host.pools?.remove(pool) !== true) return;
        onGone();
        this.#pools--;
        this.#disposeIfDone();
      },
    };
  }
}

const routePriorities: readonly RoutePriority[] = ['default', 'high'];

function ignore(): void {}

function poolsOf(host: UpstreamHost): readonly ConnPool[] {
  return host.pools?.all() ?? NO_POOLS;
}

const NO_POOLS: readonly ConnPool[] = [];
