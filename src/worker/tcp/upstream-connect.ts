import type { Timer } from '../../../sdk/event.ts';
import type { Connection, ConnectionInfo } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type {
  Cancellable,
  Host,
  PoolFailureReason,
  TcpConnectionData,
  TcpPoolCallbacks,
  ThreadLocalCluster,
} from '../../../sdk/upstream.ts';
import { isTrue } from '../../common/stream-info/filter-state-factories.ts';
import { UpstreamRecord } from '../../common/stream-info/upstream-info.ts';
import { JitteredExponentialBackOff } from '../router/back-off.ts';
import { storeClientTlvs } from './client-tlvs.ts';
import { HttpTunnel, type TunnelCallbacks } from './http-tunnel.ts';
import { TcpBalancing } from './tcp-balancing.ts';
import type { InitFailure, TcpProxy } from './tcp-proxy-config.ts';
import { ConnectionUpstream, type TcpUpstream } from './tcp-upstream.ts';

export interface UpstreamConnectCallbacks {
  onUpstreamConnected(upstream: TcpUpstream): void;
  onInitFailure(failure: InitFailure): void;
}

const connectFailed = 0;
const noHealthyUpstream = 1;
const resourceLimitExceeded = 2;
const noRoute = 3;

/** Finds an upstream connection for a client's: picks cluster and host, tries again as often as configured. */
export class UpstreamConnect implements TcpPoolCallbacks, TunnelCallbacks {
  readonly #proxy: TcpProxy;
  readonly #connection: Connection;
  readonly #callbacks: UpstreamConnectCallbacks;
  readonly #record = new UpstreamRecord();
  #attempts = 0;
  #attemptStartMs = 0;
  #cluster: ThreadLocalCluster | undefined = undefined;
  #pending: Cancellable | undefined = undefined;
  #backOff: JitteredExponentialBackOff | undefined = undefined;
  #retryTimer: Timer | undefined = undefined;
  #state: 'idle' | 'asking' | 'done' = 'idle';

  constructor(proxy: TcpProxy, connection: Connection, callbacks: UpstreamConnectCallbacks) {
    this.#proxy = proxy;
    this.#connection = connection;
    this.#callbacks = callbacks;
    connection.streamInfo.upstream = this.#record;
  }

  start(): void {
    if (this.#state === 'done') return;
    this.#state = 'asking';
    this.#attempt();
    if (this.#isStill('asking')) this.#state = 'idle';
  }

  #isStill(state: 'asking' | 'idle' | 'done'): boolean {
    return this.#state === state;
  }

  /** The client has gone, or a connection is there. */
  cancel(): void {
    this.#state = 'done';
    this.#retryTimer?.[Symbol.dispose]();
    const pending = this.#pending;
    this.#pending = undefined;
    pending?.cancel('closeExcess');
  }

  #attempt(): void {
    const { streamInfo } = this.#connection;
    const { settings, stats, clusterManager, random } = this.#proxy;
    const route = settings.routes.pick(streamInfo, random);
    const cluster = route && clusterManager.getThreadLocalCluster(route.clusterName);
    if (route === undefined || cluster === undefined) {
      stats.downstreamCxNoRoute.inc();
      streamInfo.setResponseFlag('NC');
      this.#fail(noRoute);
      return;
    }
    this.#cluster = cluster;
    this.#recordCluster(cluster);
    if (!cluster.resourceManager('default').connections.canCreate()) {
      streamInfo.setResponseFlag('UO');
      cluster.info.trafficStats.upstreamCxOverflow.inc();
      this.#fail(resourceLimitExceeded);
      return;
    }
    if (settings.clientTlvs !== undefined) storeClientTlvs(settings.clientTlvs, this.#connection);
    this.#ask(cluster, new TcpBalancing(this.#connection, route, settings.hashPolicy));
  }

  #ask(cluster: ThreadLocalCluster, balancing: TcpBalancing): void {
    const { tunneling } = this.#proxy.settings;
    if (tunneling === undefined || isTunnelingDisabled(this.#connection)) {
      const pool = cluster.tcpConnPool('default', balancing);
      if (pool === undefined) return this.#failWithoutHost();
      this.#beginAttempt();
      const pending = pool.newConnection(this);
      if (this.#state === 'asking') this.#pending = pending;
      return;
    }
    const pool = cluster.httpConnPool('default', undefined, balancing);
    if (pool === undefined) return this.#failWithoutHost();
    this.#beginAttempt();
    const tunnel = new HttpTunnel(tunneling, this.#proxy.requestIds, this.#connection, this);
    this.#pending = tunnel;
    tunnel.open(pool);
  }

  #failWithoutHost(): void {
    this.#connection.streamInfo.setResponseFlag('UH');
    this.#fail(noHealthyUpstream);
  }

  #beginAttempt(): void {
    this.#attempts++;
    this.#connection.streamInfo.attemptCount = this.#attempts;
    this.#attemptStartMs = this.#nowMs();
  }

  // TcpPoolCallbacks

  onPoolReady(data: TcpConnectionData, host: Host): void {
    const { info, streamInfo } = data.connection;
    this.#onReady(new ConnectionUpstream(data), host, info, streamInfo);
  }

  // TunnelCallbacks

  onTunnelReady(tunnel: TcpUpstream, host: Host, info: ConnectionInfo, streamInfo: StreamInfo): void {
    this.#onReady(tunnel, host, info, streamInfo);
  }

  #onReady(upstream: TcpUpstream, host: Host, info: ConnectionInfo, streamInfo: StreamInfo): void {
    this.#pending = undefined;
    this.#state = 'done';
    host.monitor?.putResult('LocalOriginConnectSuccessFinal');
    const record = this.#recordHost(host);
    record.noteConnectionAttempted(info);
    record.filterState = streamInfo.filterState;
    record.timing.connectStartMs = streamInfo.upstream?.timing.connectStartMs;
    record.timing.connectCompleteMs = streamInfo.upstream?.timing.connectCompleteMs;
    this.#callbacks.onUpstreamConnected(upstream);
  }

  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void {
    this.#pending = undefined;
    if (this.#state === 'done') return;
    if (reason === 'Timeout') host?.monitor?.putResult('LocalOriginTimeout');
    else if (reason === 'RemoteConnectionFailure') host?.monitor?.putResult('LocalOriginConnectFailed');
    const record = this.#recordHost(host);
    record.transportFailureReason = transportFailureReason;
    const { streamInfo } = this.#connection;
    if (reason === 'RemoteConnectionFailure' || reason === 'Timeout') streamInfo.setResponseFlag('UF');
    if (this.#attempts >= this.#proxy.settings.maxConnectAttempts) {
      streamInfo.setResponseFlag('URX');
      this.#cluster?.info.trafficStats.upstreamCxConnectAttemptsExceeded.inc();
      this.#fail(connectFailed);
      return;
    }
    this.#retry();
  }

  /** Without a back-off in the loop's next turn: a pool may be in the middle of clearing up behind the last attempt. */
  #retry(): void {
    this.#retryTimer ??= this.#connection.dispatcher.createTimer(() => this.start());
    this.#retryTimer.enableTimer(this.#nextBackOffMs());
  }

  #nextBackOffMs(): number {
    const { settings, random } = this.#proxy;
    if (settings.backOff === undefined) return 0;
    this.#backOff ??= new JitteredExponentialBackOff(settings.backOff.baseMs, settings.backOff.maxMs, random);
    return this.#backOff.nextBackOffMs();
  }

  #fail(failure: InitFailure): void {
    this.#state = 'done';
    this.#callbacks.onInitFailure(failure);
  }

  #recordCluster({ info }: ThreadLocalCluster): void {
    this.#connection.streamInfo.upstreamClusterInfo = info;
    this.#record.cluster = info;
    this.#record.timing.connectionPoolCallbackLatencyMs ??= 0;
  }

  #recordHost(host: Host | undefined): UpstreamRecord {
    const record = this.#record;
    record.host = host;
    if (host !== undefined) record.noteHostAttempted(host);
    record.timing.connectionPoolCallbackLatencyMs = this.#nowMs() - this.#attemptStartMs;
    return record;
  }

  #nowMs(): number {
    return this.#connection.dispatcher.timeSource.monotonicTimeMs();
  }
}

/** Another filter's choice, by Envoy's name of the filter state. */
function isTunnelingDisabled({ streamInfo }: Connection): boolean {
  return isTrue(streamInfo.filterState, 'envoy.tcp_proxy.disable_tunneling');
}
