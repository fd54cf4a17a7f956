import type { Timer } from '../../../sdk/event.ts';
import type { Connection } from '../../../sdk/network.ts';
import type {
  Cancellable,
  Host,
  PoolFailureReason,
  TcpConnectionData,
  TcpPoolCallbacks,
  ThreadLocalCluster,
} from '../../../sdk/upstream.ts';
import { UpstreamRecord } from '../../common/stream-info/upstream-info.ts';
import { JitteredExponentialBackOff } from '../router/back-off.ts';
import { TcpBalancing } from './tcp-balancing.ts';
import type { InitFailure, TcpProxy } from './tcp-proxy-config.ts';

export interface UpstreamConnectCallbacks {
  onUpstreamConnected(upstream: TcpConnectionData): void;
  onInitFailure(failure: InitFailure): void;
}

const connectFailed = 0;
const noHealthyUpstream = 1;
const resourceLimitExceeded = 2;
const noRoute = 3;

/** Finds an upstream connection for a client's: picks cluster and host, tries again as often as configured. */
export class UpstreamConnect implements TcpPoolCallbacks {
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
  /** A pool that fails at once is asked again from the loop, not from within itself. */
  #state: 'idle' | 'asking' | 'again' | 'done' = 'idle';

  constructor(proxy: TcpProxy, connection: Connection, callbacks: UpstreamConnectCallbacks) {
    this.#proxy = proxy;
    this.#connection = connection;
    this.#callbacks = callbacks;
    connection.streamInfo.upstream = this.#record;
  }

  start(): void {
    do {
      this.#state = 'asking';
      this.#attempt();
    } while (this.#isAskedAgain());
    if (this.#state === 'asking') this.#state = 'idle';
  }

  #isAskedAgain(): boolean {
    return this.#state === 'again';
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
    const pool = cluster.tcpConnPool('default', new TcpBalancing(this.#connection, route, settings.hashPolicy));
    if (pool === undefined) {
      streamInfo.setResponseFlag('UH');
      this.#fail(noHealthyUpstream);
      return;
    }
    this.#attempts++;
    streamInfo.attemptCount = this.#attempts;
    this.#attemptStartMs = this.#nowMs();
    const pending = pool.newConnection(this);
    if (this.#state === 'asking') this.#pending = pending;
  }

  // TcpPoolCallbacks

  onPoolReady(upstream: TcpConnectionData, host: Host): void {
    this.#pending = undefined;
    this.#state = 'done';
    const record = this.#recordHost(host);
    const { info, streamInfo } = upstream.connection;
    record.connectionInfo = info;
    record.connectionId = info.connectionId;
    record.noteConnectionAttempted(info.connectionId);
    record.timing.connectStartMs = streamInfo.upstream?.timing.connectStartMs;
    record.timing.connectCompleteMs = streamInfo.upstream?.timing.connectCompleteMs;
    this.#callbacks.onUpstreamConnected(upstream);
  }

  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void {
    this.#pending = undefined;
    if (this.#state === 'done') return;
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

  #retry(): void {
    const { settings, random } = this.#proxy;
    if (settings.backOff === undefined) {
      if (this.#state === 'asking') this.#state = 'again';
      else this.start();
      return;
    }
    const { baseMs, maxMs } = settings.backOff;
    this.#backOff ??= new JitteredExponentialBackOff(baseMs, maxMs, random);
    this.#retryTimer ??= this.#connection.dispatcher.createTimer(() => this.start());
    this.#retryTimer.enableTimer(this.#backOff.nextBackOffMs());
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
