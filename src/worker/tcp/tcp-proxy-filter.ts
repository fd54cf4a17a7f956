import type { Buffer } from '../../../sdk/buffer.ts';
import type { Timer } from '../../../sdk/event.ts';
import type {
  Connection,
  ConnectionEvent,
  FilterStatus,
  NetworkFilter,
  ReadFilterCallbacks,
} from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type { TcpUpstreamCallbacks } from '../../../sdk/upstream.ts';
import { ByteCounts } from '../../common/stream-info/upstream-info.ts';
import { IdleTimeout } from './idle-timeout.ts';
import type { InitFailure, TcpProxy } from './tcp-proxy-config.ts';
import { TcpProxyLog } from './tcp-proxy-log.ts';
import type { TcpUpstream } from './tcp-upstream.ts';
import { UpstreamConnect, type UpstreamConnectCallbacks } from './upstream-connect.ts';
import { UpstreamDrain } from './upstream-drain.ts';

/** Proxies one connection to a host of a cluster (Envoy's TcpProxy::Filter). */
export class TcpProxyFilter implements NetworkFilter, TcpUpstreamCallbacks, UpstreamConnectCallbacks {
  readonly #proxy: TcpProxy;
  #callbacks!: ReadFilterCallbacks;
  #connection!: Connection;
  #streamInfo!: StreamInfo;
  #log!: TcpProxyLog;
  #connect!: UpstreamConnect;
  #upstream: TcpUpstream | undefined = undefined;
  #idle: IdleTimeout | undefined = undefined;
  #durationTimer: Timer | undefined = undefined;
  #inNewConnection = false;

  constructor(proxy: TcpProxy) {
    this.#proxy = proxy;
  }

  /** Nothing is read before there is an upstream connection to write it to. */
  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    const { connection } = callbacks;
    const { stats } = this.#proxy;
    this.#callbacks = callbacks;
    this.#connection = connection;
    this.#streamInfo = connection.streamInfo;
    this.#streamInfo.upstreamBytes = new ByteCounts();
    this.#log = new TcpProxyLog(this.#proxy, connection);
    this.#connect = new UpstreamConnect(this.#proxy, connection, this);
    connection.addConnectionCallbacks({
      onEvent: (event) => this.#onDownstreamEvent(event),
      onAboveWriteBufferHighWatermark: () => this.#readDisableUpstream(true),
      onBelowWriteBufferLowWatermark: () => this.#readDisableUpstream(false),
    });
    connection.enableHalfClose(true);
    connection.setConnectionStats(stats.connection);
    connection.readDisable(true);
    stats.downstreamCxTotal.inc();
  }

  onNewConnection(): FilterStatus {
    this.#streamInfo.requestId ??= this.#proxy.random.uuid();
    this.#startDurationTimer();
    this.#log.onStart();
    this.#inNewConnection = true;
    this.#connect.start();
    this.#inNewConnection = false;
    return this.#upstream === undefined ? 'StopIteration' : 'Continue';
  }

  onData(data: Buffer, endStream: boolean): FilterStatus {
    const upstream = this.#upstream;
    const bytes = data.length;
    this.#streamInfo.downstreamBytes.wireBytesReceived += bytes;
    if (upstream === undefined) return 'StopIteration';
    if (this.#streamInfo.upstreamBytes !== undefined) this.#streamInfo.upstreamBytes.wireBytesSent += bytes;
    upstream.write(data, endStream);
    this.#idle?.reset();
    return 'StopIteration';
  }

  // UpstreamConnectCallbacks

  onUpstreamConnected(upstream: TcpUpstream): void {
    this.#upstream = upstream;
    this.#callbacks.upstreamHost = this.#streamInfo.upstream?.host;
    this.#idle = IdleTimeout.start(this.#proxy.settings.idleTimeoutMs, this.#connection, upstream, () =>
      this.#onIdleTimeout(),
    );
    this.#connection.readDisable(false);
    this.#log.onConnected();
    upstream.addUpstreamCallbacks(this);
    if (!this.#inNewConnection) this.#callbacks.continueReading();
  }

  onInitFailure(failure: InitFailure): void {
    // Envoy spells it so.
    this.#connection.close('NoFlush', `tcp_initializion_failure:${failure}`);
  }

  // TcpUpstreamCallbacks

  onUpstreamData(data: Buffer, endStream: boolean): void {
    const bytes = data.length;
    if (this.#streamInfo.upstreamBytes !== undefined) this.#streamInfo.upstreamBytes.wireBytesReceived += bytes;
    this.#streamInfo.downstreamBytes.wireBytesSent += bytes;
    this.#connection.write(data, endStream);
    this.#idle?.reset();
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
    if (event === 'Connected') return;
    this.#connect.cancel();
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
    const fraction = (this.#proxy.random.random() % 10_000) / 10_000;
    this.#durationTimer = this.#connection.dispatcher.createTimer(() => {
      this.#streamInfo.setResponseFlag('DT');
      this.#proxy.stats.maxDownstreamConnectionDuration.inc();
      this.#connection.close('NoFlush', 'max_connection_duration_reached');
    });
    this.#durationTimer.enableTimer(maxMs + (maxMs * maxDurationJitterPercentage * fraction) / 100);
  }
}
