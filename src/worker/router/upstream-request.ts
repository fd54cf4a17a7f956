import type { Buffer } from '../../../sdk/buffer.ts';
import type {
  Protocol,
  RequestEncoder,
  ResponseDecoder,
  StreamCallbacks,
  StreamResetReason,
} from '../../../sdk/codec.ts';
import type { Timer } from '../../../sdk/event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, DownstreamWatermarkCallbacks, HttpFilterChain } from '../../../sdk/http.ts';
import type { ConnectionInfo } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import type {
  Cancellable,
  Host,
  HttpConnectionPool,
  HttpPoolCallbacks,
  PoolFailureReason,
} from '../../../sdk/upstream.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { traitsOf } from '../../common/headers/header-entries.ts';
import { Trait } from '../../common/headers/traits.ts';
import { isGuardEnabled } from '../../common/runtime/runtime-guards.ts';
import { continueUpstreamBytes, UpstreamRecord } from '../../common/stream-info/upstream-info.ts';
import { AttemptStats } from './attempt-stats.ts';
import { poolFailureToReset } from './reset-reason.ts';
import { type FilteredAttempt, UpstreamFilters } from './upstream-filters.ts';
import type { UpstreamLog } from './upstream-log.ts';
import type { UpstreamParent } from './upstream-parent.ts';

/** Who must answer before the payload of a tunnel goes up: anybody (no), CONNECT's 2xx, an upgrade's 101. */
type Pause = 'none' | 'connect' | 'upgrade' | 'websocket';

/** One attempt at a request: its stream on an upstream connection, or its place in the queue for one. */
export class UpstreamRequest implements ResponseDecoder, HttpPoolCallbacks, StreamCallbacks, FilteredAttempt {
  /** The next older attempt that is under way (hedging). */
  next: UpstreamRequest | undefined = undefined;
  host: Host | undefined;
  awaitingHeaders = true;
  /** Another attempt was begun in place of this one, which goes on all the same (hedging). */
  retried = false;
  grpcSuccessDeferred = false;
  canary = false;
  /** Request and response, seen from here. */
  encodeComplete = false;
  decodeComplete = false;
  /** Anything of the request has gone to the codec. */
  requestStarted = false;
  readonly record = new UpstreamRecord();
  readonly #parent: UpstreamParent;
  readonly #callbacks: DecoderFilterCallbacks;
  readonly #pool: HttpConnectionPool;
  /** Undefined where none are configured: the router and the codec are neighbours then. */
  readonly #filters: UpstreamFilters | undefined;
  readonly #log: UpstreamLog | undefined;
  readonly #stats: AttemptStats | undefined;
  #waiting: Cancellable | undefined = undefined;
  #watermarks: DownstreamWatermarks | undefined = undefined;
  #encoder: RequestEncoder | undefined = undefined;
  #headersEndStream = false;
  #pause: Pause = 'none';
  #pendingData: SliceBuffer | undefined = undefined;
  #pendingEnd = false;
  #pendingTrailers: HeaderMap | undefined = undefined;
  #isTimeoutNoted = false;
  #perTryTimer: Timer | undefined = undefined;
  #perTryIdleTimer: Timer | undefined = undefined;
  #maxDurationTimer: Timer | undefined = undefined;
  #perTryOnRequestComplete = false;
  /** How often the downstream has been told to stop reading for our sake. */
  #downstreamDisabled = 0;
  /** Reading to disable once the response begins: until then the upstream's headers are wanted. */
  #deferredReadDisables = 0;
  #saw1xx = false;
  readonly #startMs: number;
  #cleanedUp = false;

  /** @param chain filters between the router and the codec; undefined or empty = none */
  constructor(
    parent: UpstreamParent,
    callbacks: DecoderFilterCallbacks,
    pool: HttpConnectionPool,
    chain: HttpFilterChain | undefined,
  ) {
    this.#parent = parent;
    this.#callbacks = callbacks;
    this.#pool = pool;
    this.host = pool.host;
    this.record.host = pool.host;
    this.record.cluster = parent.cluster;
    const { streamInfo } = callbacks;
    this.#startMs = parent.nowMs();
    streamInfo.upstream = this.record;
    this.#log = parent.createLog(this);
    const { requestStats } = parent.cluster;
    if (requestStats !== undefined) this.#stats = new AttemptStats(requestStats, this.#startMs);
    if (chain !== undefined && chain.length > 0)
      this.#filters = new UpstreamFilters(this, callbacks, parent.requestHeaders, chain);
  }

  // From the router.

  acceptHeaders(endStream: boolean): void {
    this.#headersEndStream = endStream;
    this.#pause = this.#pauseOf(this.#parent.requestHeaders, endStream);
    this.#log?.start();
    // The request of a tunnel has no end from which its answer could be timed.
    if (this.#pause === 'websocket') this.#parent.armResponseTimeout();
    const filters = this.#filters;
    if (filters !== undefined && !filters.hostSelected(this.#pool.host)) return;
    const waiting = this.#pool.newStream(this, this);
    // A callback may have come at once, and with it the end of all this.
    if (this.#encoder === undefined && this.awaitingHeaders && !this.#cleanedUp) this.#waiting = waiting;
    if (filters !== undefined && !this.#cleanedUp) filters.acceptHeaders(this.#parent.requestHeaders, endStream);
  }

  acceptData(data: Buffer, endStream: boolean): void {
    if (this.#filters !== undefined) this.#filters.acceptData(data, endStream);
    else if (this.#encoder === undefined || this.#pause !== 'none') this.#holdData(data, endStream);
    else this.sendData(data, endStream);
  }

  acceptTrailers(trailers: HeaderMap): void {
    if (this.#filters !== undefined) this.#filters.acceptTrailers(trailers);
    else if (this.#encoder === undefined || this.#pause !== 'none') this.#pendingTrailers = trailers;
    else this.sendTrailers(trailers);
  }

  /** The request has come whole: its tries are timed from now. */
  onRequestComplete(): void {
    if (this.#perTryOnRequestComplete) this.#setupPerTryTimeouts();
  }

  /** Ends the attempt, unless it has ended. */
  resetStream(): void {
    this.#waiting?.cancel();
    this.#waiting = undefined;
    if (this.encodeComplete && this.decodeComplete) return;
    const encoder = this.#encoder;
    if (encoder === undefined) return;
    this.#clearEncoder();
    encoder.stream.resetStream('LocalReset');
  }

  /** The last thing that happens. */
  cleanUp(): void {
    if (this.#cleanedUp) return;
    this.#cleanedUp = true;
    this.#filters?.destroy();
    this.#perTryTimer?.[Symbol.dispose]();
    this.#perTryIdleTimer?.[Symbol.dispose]();
    this.#maxDurationTimer?.[Symbol.dispose]();
    this.#clearEncoder();
    this.#log?.end();
    this.#stats?.end(this.#parent.requestHeaders, this.#parent.nowMs(), this.#parent.timeouts.perTryMs);
    const pending = this.#pendingData;
    if (pending !== undefined && pending.length > 0) {
      pending.setWatermarks(0, ignore, ignore);
      pending.drain(pending.length);
    }
    for (; this.#downstreamDisabled > 0; this.#downstreamDisabled--) this.#enableDownstream();
  }

  // HttpPoolCallbacks

  onPoolReady(
    encoder: RequestEncoder,
    host: Host,
    info: ConnectionInfo,
    connectionStreamInfo: StreamInfo,
    protocol: Protocol | undefined,
  ): void {
    this.#waiting = undefined;
    this.#encoder = encoder;
    this.host = host;
    host.monitor?.putResult('LocalOriginConnectSuccess');
    this.#recordConnection(host, info, connectionStreamInfo, protocol);
    const { bytesMeter } = encoder.stream;
    if (bytesMeter !== undefined) continueUpstreamBytes(this.#callbacks.streamInfo, bytesMeter);
    encoder.stream.addCallbacks(this);
    this.#parent.onUpstreamHostSelected(host, true);
    if (this.#parent.connectTermination) this.#pause = 'none';
    if (this.#parent.downstreamEndStream || this.#pause === 'websocket') this.#setupPerTryTimeouts();
    else this.#perTryOnRequestComplete = true;
    this.#watermarks = new DownstreamWatermarks(this);
    this.#callbacks.addDownstreamWatermarkCallbacks(this.#watermarks);
    this.#setupMaxDuration(host);
    this.#parent.beforeEncode(host);
    this.#log?.onPoolReady();
    if (this.#filters !== undefined) this.#filters.connected();
    else if (this.sendHeaders(this.#headersEndStream) === 'sent') this.#sendPending();
  }

  onPoolFailure(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void {
    this.#waiting = undefined;
    this.host = host;
    this.record.host = host;
    this.record.transportFailureReason = transportFailureReason;
    this.#parent.onUpstreamHostSelected(host, false);
    this.#onReset(poolFailureToReset(reason), transportFailureReason);
  }

  #recordConnection(host: Host, info: ConnectionInfo, connection: StreamInfo, protocol: Protocol | undefined): void {
    const { record } = this;
    record.host = host;
    record.noteHostAttempted(host);
    record.noteConnectionAttempted(info);
    record.protocol = protocol;
    record.filterState = connection.filterState;
    record.timing.connectionPoolCallbackLatencyMs = this.#parent.nowMs() - this.#startMs;
    const upstream = connection.upstream;
    if (upstream === undefined) return;
    record.numStreams = upstream.numStreams;
    record.timing.connectStartMs = upstream.timing.connectStartMs;
    record.timing.connectCompleteMs = upstream.timing.connectCompleteMs;
  }

  // To the upstream: past the filters, if there are any.

  get isConnected(): boolean {
    return this.#encoder !== undefined;
  }

  sendHeaders(endStream: boolean): 'sent' | 'paused' | 'refused' {
    const nowMs = this.#parent.nowMs();
    this.requestStarted = true;
    this.record.timing.firstUpstreamTxByteSentMs = nowMs;
    if (endStream) this.#onEncodeComplete(nowMs);
    const error = this.#encoder?.encodeHeaders(this.#parent.requestHeaders, endStream);
    if (error !== undefined) {
      this.#parent.onInvalidRequestHeaders(error, this);
      return 'refused';
    }
    return this.#pause === 'none' ? 'sent' : 'paused';
  }

  #sendPending(): void {
    const data = this.#pendingData;
    if (data !== undefined) {
      this.#pendingData = undefined;
      this.sendData(data, this.#pendingEnd);
    }
    if (this.#pendingTrailers === undefined) return;
    this.sendTrailers(this.#pendingTrailers);
    this.#pendingTrailers = undefined;
  }

  sendData(data: Buffer, endStream: boolean): void {
    const encoder = this.#encoder;
    if (encoder === undefined) return;
    this.#log?.onDataSent(data.length);
    this.#stats?.onDataSent(data.length);
    if (endStream) this.#onEncodeComplete(this.#parent.nowMs());
    encoder.encodeData(data, endStream);
  }

  sendTrailers(trailers: HeaderMap): void {
    const encoder = this.#encoder;
    if (encoder === undefined) return;
    this.#onEncodeComplete(this.#parent.nowMs());
    encoder.encodeTrailers(trailers);
  }

  #onEncodeComplete(nowMs: number): void {
    this.encodeComplete = true;
    this.record.timing.lastUpstreamTxByteSentMs = nowMs;
  }

  #holdData(data: Buffer, endStream: boolean): void {
    if (this.#pendingData === undefined) {
      this.#pendingData = new SliceBuffer();
      const limitBytes = this.#callbacks.decoderBufferLimitBytes;
      if (limitBytes > 0) {
        this.#pendingData.setWatermarks(
          limitBytes,
          () => this.onAboveWriteBufferHighWatermark(),
          () => this.onBelowWriteBufferLowWatermark(),
        );
      }
    }
    this.#pendingData.move(data);
    this.#pendingEnd = endStream;
  }

  #pauseOf(headers: RequestHeaderMap, endStream: boolean): Pause {
    if (headers.method === 'CONNECT') return 'connect';
    const isUpgrade = !endStream && (traitsOf(headers) & Trait.upgrade) !== 0;
    const upgrade = isUpgrade ? headers.get('upgrade') : undefined;
    if (upgrade === undefined) return 'none';
    if (upgrade.toLowerCase() === 'websocket') return 'websocket';
    const guard = 'envoy.reloadable_features.http_pause_generic_upgrade_request_body';
    return isGuardEnabled(this.#parent.config.runtime, guard) ? 'upgrade' : 'none';
  }

  // ResponseDecoder: from the upstream

  decode1xxHeaders(headers: ResponseHeaderMap): void {
    this.record.timing.firstUpstreamRxByteReceivedMs ??= this.#parent.nowMs();
    // As in Envoy the first one goes on, and no other.
    if (this.#saw1xx) return;
    this.#saw1xx = true;
    if (this.#filters !== undefined) this.#filters.respond1xxHeaders(headers);
    else this.deliver1xxHeaders(headers);
  }

  decodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    const nowMs = this.#parent.nowMs();
    this.record.timing.firstUpstreamRxByteReceivedMs ??= nowMs;
    if (endStream) this.#onDecodeComplete(nowMs);
    const { status } = headers;
    // Other informational responses than 100 to 103 have no meaning to us; 101 is the answer itself.
    if (status < 200 && status >= 100 && status !== 101) {
      this.#rearmPerTryIdleTimeout();
      return;
    }
    if (this.#pause === 'websocket' && status >= 200 && status < 400) {
      this.#noteResponse(headers);
      this.#parent.onWebSocketRefused(headers);
      return;
    }
    if (this.#pause !== 'none') this.#unpause(status);
    if (this.#filters !== undefined) this.#filters.respondHeaders(headers, endStream);
    else this.deliverHeaders(headers, endStream);
  }

  decodeData(data: Buffer, endStream: boolean): void {
    if (endStream) this.#onDecodeComplete(this.#parent.nowMs());
    if (this.#filters !== undefined) this.#filters.respondData(data, endStream);
    else this.deliverData(data, endStream);
  }

  decodeTrailers(trailers: HeaderMap): void {
    this.#onDecodeComplete(this.#parent.nowMs());
    if (this.#filters !== undefined) this.#filters.respondTrailers(trailers);
    else this.deliverTrailers(trailers);
  }

  // To the router: the filters are through with it.

  deliver1xxHeaders(headers: ResponseHeaderMap): void {
    this.#applyDeferredReadDisables();
    this.#parent.onUpstream1xxHeaders(headers, this);
  }

  deliverHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    this.#noteResponse(headers);
    this.#applyDeferredReadDisables();
    this.#parent.onUpstreamHeaders(headers, this, endStream);
  }

  deliverData(data: Buffer, endStream: boolean): void {
    this.#rearmPerTryIdleTimeout();
    this.#log?.onDataReceived(data.length, endStream);
    this.#stats?.onDataReceived(data.length);
    this.#parent.onUpstreamData(data, this, endStream);
  }

  deliverTrailers(trailers: HeaderMap): void {
    this.#log?.onTrailers(trailers);
    this.#parent.onUpstreamTrailers(trailers, this);
  }

  #noteResponse(headers: ResponseHeaderMap): void {
    this.#rearmPerTryIdleTimeout();
    this.awaitingHeaders = false;
    this.#log?.onHeaders(headers);
    this.#stats?.onHeaders(headers);
  }

  #onDecodeComplete(nowMs: number): void {
    this.decodeComplete = true;
    this.record.timing.lastUpstreamRxByteReceivedMs = nowMs;
  }

  #unpause(status: number): void {
    const accepted = this.#pause === 'connect' ? status >= 200 && status < 300 : status === 101;
    if (!accepted) return;
    if (this.#pause === 'websocket') this.#onWebSocketAccepted();
    this.#pause = 'none';
    if (this.#filters !== undefined) this.#filters.resume();
    else this.#sendPending();
  }

  // StreamCallbacks of the upstream's stream: a slow upstream slows the client down.

  onResetStream(reason: StreamResetReason, details: string): void {
    this.#onReset(reason, details);
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#downstreamDisabled++;
    this.#parent.cluster.trafficStats.upstreamFlowControlBackedUpTotal.inc();
    this.#callbacks.onDecoderFilterAboveWriteBufferHighWatermark();
  }

  onBelowWriteBufferLowWatermark(): void {
    if (this.#downstreamDisabled === 0) return;
    this.#downstreamDisabled--;
    this.#enableDownstream();
  }

  #enableDownstream(): void {
    this.#parent.cluster.trafficStats.upstreamFlowControlDrainedTotal.inc();
    this.#callbacks.onDecoderFilterBelowWriteBufferLowWatermark();
  }

  #onReset(reason: StreamResetReason, transportFailureReason: string): void {
    // Limits of the cluster are not the host's fault.
    if (reason !== 'Overflow') this.host?.monitor?.putResult('LocalOriginConnectFailed');
    this.#clearEncoder();
    this.awaitingHeaders = false;
    this.#log?.onReset(reason);
    this.#parent.onUpstreamReset(reason, transportFailureReason, this);
  }

  #clearEncoder(): void {
    const encoder = this.#encoder;
    if (encoder === undefined) return;
    this.#encoder = undefined;
    encoder.stream.removeCallbacks(this);
    if (this.#watermarks !== undefined) this.#callbacks.removeDownstreamWatermarkCallbacks(this.#watermarks);
  }

  // A slow client slows the upstream down (called by DownstreamWatermarks).

  pauseReading(): void {
    if (!this.#parent.downstreamResponseStarted) {
      this.#deferredReadDisables++;
      return;
    }
    this.#parent.cluster.trafficStats.upstreamFlowControlPausedReadingTotal.inc();
    this.#encoder?.stream.readDisable(true);
  }

  resumeReading(): void {
    if (this.#deferredReadDisables > 0) {
      this.#deferredReadDisables--;
      return;
    }
    this.#parent.cluster.trafficStats.upstreamFlowControlResumedReadingTotal.inc();
    this.#encoder?.stream.readDisable(false);
  }

  pauseReadingForFilters(pause: boolean): void {
    const { trafficStats } = this.#parent.cluster;
    if (pause) trafficStats.upstreamFlowControlPausedReadingTotal.inc();
    else trafficStats.upstreamFlowControlResumedReadingTotal.inc();
    this.#encoder?.stream.readDisable(pause);
  }

  #applyDeferredReadDisables(): void {
    for (; this.#deferredReadDisables > 0; this.#deferredReadDisables--) {
      this.#parent.cluster.trafficStats.upstreamFlowControlPausedReadingTotal.inc();
      this.#encoder?.stream.readDisable(true);
    }
  }

  reportFilterFault(error: unknown): void {
    this.#parent.reportFilterFault(error);
  }

  // Timeouts

  /** What follows may take as long as it likes. */
  #onWebSocketAccepted(): void {
    this.#parent.disarmResponseTimeout();
    this.#perTryTimer?.[Symbol.dispose]();
    this.#perTryTimer = undefined;
    this.#perTryIdleTimer?.[Symbol.dispose]();
    this.#perTryIdleTimer = undefined;
  }

  #setupPerTryTimeouts(): void {
    if (this.#perTryTimer !== undefined || this.#perTryIdleTimer !== undefined) return;
    const { perTryMs, perTryIdleMs } = this.#parent.timeouts;
    if (perTryMs === 0 && perTryIdleMs === 0) return;
    const { dispatcher } = this.#callbacks;
    if (perTryMs > 0) {
      this.#perTryTimer = dispatcher.createTimer(() => this.#onPerTryTimeout());
      this.#perTryTimer.enableTimer(perTryMs);
    }
    if (perTryIdleMs > 0) {
      this.#perTryIdleTimer = dispatcher.createTimer(() => this.#onPerTryIdleTimeout());
      this.#perTryIdleTimer.enableTimer(perTryIdleMs);
    }
  }

  #rearmPerTryIdleTimeout(): void {
    this.#perTryIdleTimer?.enableTimer(this.#parent.timeouts.perTryIdleMs);
  }

  #onPerTryTimeout(): void {
    this.#perTryIdleTimer?.[Symbol.dispose]();
    this.#perTryIdleTimer = undefined;
    // What has begun to flow may take until the global timeout.
    if (this.#parent.downstreamResponseStarted) return;
    this.#log?.setResponseFlag('UT');
    this.#noteTimeout();
    this.#parent.onPerTryTimeout(this);
  }

  #onPerTryIdleTimeout(): void {
    this.#perTryTimer?.disableTimer();
    this.#log?.setResponseFlag('SI');
    this.#noteTimeout();
    this.#parent.onPerTryIdleTimeout(this);
  }

  /** The global timeout has struck, and the request is not done. */
  noteGlobalTimeout(): void {
    if (this.host !== undefined) this.host.stats.rqTimeout++;
    if (this.awaitingHeaders) this.#noteTimeout();
  }

  /** Once an attempt. */
  #noteTimeout(): void {
    if (this.#isTimeoutNoted) return;
    this.#isTimeoutNoted = true;
    this.host?.monitor?.putResult('LocalOriginTimeout', this.#parent.timeoutResponseCode);
  }

  #setupMaxDuration(host: Host): void {
    const { maxStreamDurationMs, trafficStats } = host.cluster;
    if (maxStreamDurationMs === 0) return;
    this.#maxDurationTimer = this.#callbacks.dispatcher.createTimer(() => {
      trafficStats.upstreamRqMaxDurationReached.inc();
      this.#parent.onStreamMaxDurationReached(this);
    });
    this.#maxDurationTimer.enableTimer(maxStreamDurationMs);
  }
}

/** The downstream's watermarks, as they concern one attempt. */
class DownstreamWatermarks implements DownstreamWatermarkCallbacks {
  readonly #request: UpstreamRequest;

  constructor(request: UpstreamRequest) {
    this.#request = request;
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#request.pauseReading();
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#request.resumeReading();
  }
}

function ignore(): void {}
