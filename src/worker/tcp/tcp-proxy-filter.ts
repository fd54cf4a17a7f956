import type { Buffer } from '../../../sdk/buffer.ts';
import type { Timer } from '../../../sdk/event.ts';
import type {
  Connection,
  ConnectionEvent,
  FilterStatus,
  NetworkFilter,
  ReadFilterCallbacks,
} from '../../../sdk/network.ts';
import type { BytesMeter, StreamInfo } from '../../../sdk/stream-info.ts';
import type { TcpUpstreamCallbacks } from '../../../sdk/upstream.ts';
import { ByteCounts } from '../../common/stream-info/upstream-info.ts';
import { EarlyData } from './early-data.ts';
import { IdleTimeout } from './idle-timeout.ts';
import type { InitFailure, TcpProxy, UpstreamConnectMode } from './tcp-proxy-config.ts';
import { TcpProxyLog } from './tcp-proxy-log.ts';
import type { TcpUpstream } from './tcp-upstream.ts';
import { UpstreamConnect, type UpstreamConnectCallbacks } from './upstream-connect.ts';
import { UpstreamDrain } from './upstream-drain.ts';

/** Proxies one connection to a host of a cluster (Envoy's TcpProxy::Filter). */
export class TcpProxyFilter implements NetworkFilter, TcpUpstreamCallbacks, UpstreamConnectCallbacks {
  readonly #proxy: TcpProxy;
  #connection!: Connection;
  #upstream: TcpUpstream | undefined = undefined;
  #idle: IdleTimeout | undefined = undefined;
  /** The stream info's. */
  #downstreamBytes!: BytesMeter;
  #upstreamBytes!: BytesMeter;
  #callbacks!: ReadFilterCallbacks;
  #streamInfo!: StreamInfo;
  #log!: TcpProxyLog;
  #connect!: UpstreamConnect;
  #durationTimer: Timer | undefined = undefined;
  #early: EarlyData | undefined = undefined;
  #connectMode: UpstreamConnectMode = 'IMMEDIATE';
  /** The client has said something, or asks for no more than that we connect. */
  #isAskedFor = false;

  constructor(proxy: TcpProxy) {
    this.#proxy = proxy;
  }

  /** Nothing is read before there is an upstream connection to write it to, unless early data is configured. */
  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    const { connection } = callbacks;
    const { stats, settings } = this.#proxy;
    this.#callbacks = callbacks;
    this.#connection = connection;
    this.#streamInfo = connection.streamInfo;
    this.#downstreamBytes = this.#streamInfo.downstreamBytes;
    this.#upstreamBytes = new ByteCounts();
    this.#streamInfo.upstreamBytes = this.#upstreamBytes;
    this.#log = new TcpProxyLog(this.#proxy, connection);
    this.#connect = new UpstreamConnect(this.#proxy, connection, this);
    connection.addConnectionCallbacks({
      onEvent: (event) => this.#onDownstreamEvent(event),
      onAboveWriteBufferHighWatermark: () => this.#readDisableUpstream(true),
      onBelowWriteBufferLowWatermark: () => this.#readDisableUpstream(false),
    });
    connection.enableHalfClose(true);
    connection.setConnectionStats(stats.connection);
    this.#connectMode = connectModeFor(connection, settings.upstreamConnectMode);
    this.#early = EarlyData.for(connection, settings.maxEarlyDataBytes);
    if (this.#early === undefined) connection.readDisable(true);
    stats.downstreamCxTotal.inc();
  }

  onNewConnection(): FilterStatus {
    this.#streamInfo.requestId ??= this.#proxy.random.uuid();
    this.#startDurationTimer();
    const { settings, clock } = this.#proxy;
    this.#idle = IdleTimeout.start(settings.idleTimeoutMs, this.#connection, clock, () => this.#onIdleTimeout());
    this.#log.onStart();
    if (this.#connectMode === 'IMMEDIATE') this.#connect.start();
    // Bytes that are there already are still to come by onData.
    return this.#early === undefined && this.#upstream === undefined ? 'StopIteration' : 'Continue';
  }

  onData(data: Buffer, endStream: boolean): FilterStatus {
    const upstream = this.#upstream;
    const bytes = data.length;
    this.#downstreamBytes.wireBytesReceived += bytes;
    if (upstream === undefined) {
      this.#onEarlyData(data, endStream);
      return 'StopIteration';
    }
    this.#upstreamBytes.wireBytesSent += bytes;
    upstream.write(data, endStream);
    this.#idle?.reset();
    this.#closeIfDraining();
    return 'StopIteration';
  }

  #onEarlyData(data: Buffer, endStream: boolean): void {
    const early = this.#early;
    if (early === undefined) return;
    early.add(data, endStream);
    this.#proxy.stats.earlyDataReceivedCountTotal.inc();
    if (!this.#isAskedFor && early.hasBytes) {
      this.#isAskedFor = true;
      if (this.#connectMode === 'ON_DOWNSTREAM_DATA') this.#connect.start();
    }
    if (this.#upstream === undefined) early.limit();
    this.#closeIfDraining();
  }

  // UpstreamConnectCallbacks

  onUpstreamConnected(upstream: TcpUpstream): void {
    this.#upstream = upstream;
    this.#callbacks.upstreamHost = this.#streamInfo.upstream?.host;
    // A tunnel has counts of its own.
    this.#upstreamBytes = this.#streamInfo.upstreamBytes ?? this.#upstreamBytes;
    if (this.#early === undefined) this.#connection.readDisable(false);
    else this.#upstreamBytes.wireBytesSent += this.#early.flush(upstream);
    this.#early = undefined;
    this.#idle?.watch(upstream);
    this.#log.onConnected();
    upstream.addUpstreamCallbacks(this);
  }

  onInitFailure(failure: InitFailure): void {
    // Envoy spells it so.
    this.#connection.close('NoFlush', `tcp_initializion_failure:${failure}`);
  }

  // TcpUpstreamCallbacks

  onUpstreamData(data: Buffer, endStream: boolean): void {
    const bytes = data.length;
    this.#upstreamBytes.wireBytesReceived += bytes;
    this.#downstreamBytes.wireBytesSent += bytes;
    this.#connection.write(data, endStream);
    this.#idle?.reset();
    this.#closeIfDraining();
  }

  /** `check_drain_close` */
  #closeIfDraining(): void {
    const { settings, stats } = this.#proxy;
    if (!settings.checkDrainClose || this.#connection.state !== 'Open') return;
    if (!this.#callbacks.drainDecision.drainClose()) return;
    stats.downstreamCxDrainClose.inc();
    this.#connection.close('FlushWrite', 'tcp_proxy_drain_close');
  }

  /** The upstream connection is gone: what it sent still goes out, a reset is passed on. */
  onEvent(): void {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    this.#idle?.[Symbol.dispose]();
    if (upstream === undefined || this.#connection.state !== 'Open') return;
    if (upstream.detectedCloseType !== 'RemoteReset') {
      this.#connection.close('FlushWrite');
      return;
    }
    if (this.#streamInfo.upstream !== undefined) this.#streamInfo.upstream.detectedCloseType = 'RemoteReset';
    this.#streamInfo.setResponseFlag('UR');
    this.#connection.close('AbortReset');
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#readDisableDownstream(true);
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#readDisableDownstream(false);
  }

  #readDisableDownstream(disable: boolean): void {
    const { stats } = this.#proxy;
    if (this.#connection.state !== 'Open') return;
    this.#connection.readDisable(disable);
    if (disable) stats.downstreamFlowControlPausedReadingTotal.inc();
    else stats.downstreamFlowControlResumedReadingTotal.inc();
  }

  #readDisableUpstream(disable: boolean): void {
    const upstream = this.#upstream;
    if (upstream === undefined || upstream.state !== 'Open') return;
    upstream.readDisable(disable);
    const stats = this.#streamInfo.upstreamClusterInfo?.trafficStats;
    if (disable) stats?.upstreamFlowControlPausedReadingTotal.inc();
    else stats?.upstreamFlowControlResumedReadingTotal.inc();
  }

  #onDownstreamEvent(event: ConnectionEvent): void {
    if (event === 'Connected') {
      if (this.#connectMode === 'ON_DOWNSTREAM_TLS_HANDSHAKE') this.#connect.start();
      return;
    }
    this.#connect.cancel();
    this.#early?.[Symbol.dispose]();
    this.#durationTimer?.[Symbol.dispose]();
    this.#idle?.[Symbol.dispose]();
    const upstream = this.#upstream;
    this.#upstream = undefined;
    if (upstream !== undefined) this.#closeUpstream(upstream, event);
    this.#log.onClose();
  }

  /** A client that ended orderly has its bytes delivered; all else ends the upstream connection at once. */
  #closeUpstream(upstream: TcpUpstream, event: 'RemoteClose' | 'LocalClose'): void {
    if (event === 'LocalClose') {
      upstream.close('NoFlush', this.#connection.localCloseReason);
      return;
    }
    if (this.#connection.detectedCloseType === 'RemoteReset') {
      upstream.close('AbortReset');
      return;
    }
    upstream.close('FlushWrite');
    if (upstream.state === 'Closed') return;
    const { stats, settings } = this.#proxy;
    new UpstreamDrain(upstream, stats, this.#connection.dispatcher, settings.idleTimeoutMs);
  }

  #onIdleTimeout(): void {
    this.#proxy.stats.idleTimeout.inc();
    this.#connection.close('NoFlush', 'tcp_session_idle_timeout');
  }

  #startDurationTimer(): void {
    const { maxDownstreamConnectionDurationMs: maxMs, maxDurationJitterPercentage } = this.#proxy.settings;
    if (maxMs === undefined) return;
    const maxJitterMs = Math.ceil((maxMs * maxDurationJitterPercentage) / 100);
    const jitterMs = maxJitterMs === 0 ? 0 : this.#proxy.random.random() % maxJitterMs;
    this.#durationTimer = this.#connection.dispatcher.createTimer(() => {
      this.#streamInfo.setResponseFlag('DT');
      this.#proxy.stats.maxDownstreamConnectionDuration.inc();
      this.#connection.close('NoFlush', 'max_connection_duration_reached');
    });
    this.#durationTimer.enableTimer(maxMs + jitterMs);
  }
}

/** Without TLS there is no handshake to wait for. */
function connectModeFor({ info }: Connection, mode: UpstreamConnectMode): UpstreamConnectMode {
  return mode === 'ON_DOWNSTREAM_TLS_HANDSHAKE' && info.ssl === undefined ? 'IMMEDIATE' : mode;
}
