import type { Buffer } from '../../../sdk/buffer.ts';
import type {
  CodecError,
  Protocol,
  RequestDecoder,
  ResponseEncoder,
  ServerCodec,
  ServerCodecCallbacks,
} from '../../../sdk/codec.ts';
import type { SchedulableCallback, Timer } from '../../../sdk/event.ts';
import type { RequestHeaderMap } from '../../../sdk/headers.ts';
import type {
  CloseType,
  Connection,
  ConnectionCallbacks,
  ConnectionEvent,
  DrainWindow,
  FilterStatus,
  NetworkFilter,
  ReadFilterCallbacks,
} from '../../../sdk/network.ts';
import type { ResponseFlag } from '../../../sdk/stream-info.ts';
import { jitteredMs } from '../../common/jitter.ts';
import { DeadlineTimer, NEVER } from '../deadline-timer.ts';
import { ScaledTimeout } from '../scaled-timer.ts';
import { ActiveStream } from './active-stream.ts';
import type { ConnectionManagerConfig } from './connection-manager-config.ts';
import { shedConnection } from './overload.ts';
import type { PendingOutput } from './pending-outputs.ts';
import { proactiveDrainDelayMs } from './proactive-drain.ts';
import { recreateStream } from './recreate-stream.ts';
import { nextDeadlineMs } from './stream-times.ts';
import { UserAgentStats } from './user-agent-stats.ts';

/** `Closing`: the connection closes once its streams and the codec's output are through. */
export type DrainState = 'NotDraining' | 'Draining' | 'Closing';

/** How many requests that are answered at once a client may have before the others' turn. */
const requestsPerTurn = 32;

/** The HTTP side of one downstream connection (Envoy's ConnectionManagerImpl). */
export class HttpConnectionManager implements NetworkFilter, ConnectionCallbacks, ServerCodecCallbacks, PendingOutput {
  readonly config: ConnectionManagerConfig;
  drainState: DrainState = 'NotDraining';
  remoteClosed = false;
  /** Of the codec, once there is one. */
  isHttp1 = false;
  deadlines!: DeadlineTimer;
  isOutputPending = false;
  nextOutput: PendingOutput | undefined = undefined;
  #callbacks!: ReadFilterCallbacks;
  #connection!: Connection;
  #codec: ServerCodec | undefined = undefined;
  #firstStream: ActiveStream | undefined = undefined;
  #requests = 0;
  #startMs = 0;
  /** Monotonic; since when there is no stream. */
  #idleSinceMs = 0;
  #durationTimer: ScaledTimeout | undefined = undefined;
  /** Where timeouts may become shorter. */
  #scaleWatch: Disposable | undefined = undefined;
  #drainTimer: Timer | undefined = undefined;
  #proactiveDrain: Timer | undefined = undefined;
  #drainsProactively = false;
  #resume: SchedulableCallback | undefined = undefined;
  #dispatching = false;
  #pausedForPipelining = false;
  #softDrain = false;
  #closed = false;
  #userAgent: UserAgentStats | 'unknown' | undefined = undefined;

  constructor(config: ConnectionManagerConfig) {
    this.config = config;
  }

  get connection(): Connection {
    return this.#connection;
  }

  get protocol(): Protocol | undefined {
    return this.#codec?.protocol;
  }

  monotonicTimeMs(): number {
    return this.#connection.dispatcher.timeSource.monotonicTimeMs();
  }

  // NetworkFilter

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    const { connection } = callbacks;
    const { stats, timeouts } = this.config;
    this.#callbacks = callbacks;
    this.#connection = connection;
    this.#startMs = connection.dispatcher.approximateMonotonicTimeMs();
    stats.downstreamCxTotal.inc();
    stats.downstreamCxActive.inc();
    if (connection.info.ssl !== undefined) {
      stats.downstreamCxSslTotal.inc();
      stats.downstreamCxSslActive.inc();
    }
    connection.addConnectionCallbacks(this);
    connection.setConnectionStats(stats.connection);
    connection.setDelayedCloseTimeout(timeouts.delayedCloseMs);
    this.deadlines = new DeadlineTimer(connection.dispatcher, (nowMs) => this.#checkDeadlines(nowMs));
    this.#awaitFirstStream();
    this.#startDuration(connection);
    const { dispatcher } = connection;
    // All of them are looked at again.
    this.#scaleWatch = this.config.scaledTimeouts?.watch(() =>
      this.deadlines.arm(dispatcher.approximateMonotonicTimeMs()),
    );
  }

  #startDuration({ dispatcher }: Connection): void {
    const { maxConnectionDurationMs, maxConnectionDurationJitter } = this.config.timeouts;
    if (maxConnectionDurationMs === 0) return;
    const { scaledTimeouts } = this.config;
    const onTimeout = (): void => this.#onConnectionDuration();
    this.#durationTimer = new ScaledTimeout(dispatcher, 'http-connection-max', scaledTimeouts, onTimeout);
    this.#durationTimer.start(this.#jittered(maxConnectionDurationMs, maxConnectionDurationJitter));
  }

  onNewConnection(): FilterStatus {
    return 'Continue';
  }

  onData(data: Buffer): FilterStatus {
    const codec = this.#codec ?? this.#createCodec(data);
    if (codec === undefined) return 'StopIteration';
    if (this.isHttp1 && this.#firstStream?.filters.remoteDecodeComplete === true) {
      this.#pausePipeline();
      return 'StopIteration';
    }
    let turns = 0;
    for (;;) {
      const error = this.#dispatch(codec, data);
      if (error !== undefined) {
        this.#onCodecError(error);
        return 'StopIteration';
      }
      this.checkForDeferredClose();
      const more = this.isHttp1 && data.length > 0 && this.#firstStream === undefined;
      if (!more || this.#connection.state !== 'Open') break;
      if (++turns === requestsPerTurn) {
        this.#yield();
        break;
      }
    }
    this.writeOutput();
    this.#connection.streamInfo.protocol ??= codec.protocol;
    if (data.length > 0 && this.#firstStream?.filters.remoteDecodeComplete === true) this.#pausePipeline();
    return 'StopIteration';
  }

  /** Events fire inside; what they make the codec write goes out in one piece afterwards. */
  #dispatch(codec: ServerCodec, data: Buffer): CodecError | undefined {
    this.#dispatching = true;
    this.#connection.dispatcher.updateApproximateMonotonicTime();
    const error = codec.dispatch(data);
    this.#dispatching = false;
    return error;
  }

  /** Others are seen to before the rest of what a client has pipelined. */
  #yield(): void {
    this.#connection.readDisable(true);
    this.#resume ??= this.#connection.dispatcher.createSchedulableCallback(() => {
      if (!this.#closed) this.#connection.readDisable(false);
    });
    this.#resume.scheduleCallbackNextIteration();
  }

  /** HTTP/1 answers in order: what the client sends ahead of its answer waits in the socket. */
  #pausePipeline(): void {
    if (this.#pausedForPipelining || this.#closed) return;
    this.#pausedForPipelining = true;
    this.#connection.readDisable(true);
  }

  #createCodec(data: Buffer): ServerCodec | undefined {
    if (shedConnection(this)) {
      this.#connection.streamInfo.setResponseFlag('OM');
      this.#closeConnection('FlushWriteAndDelay', 'OM', 'overload_error:onData_codec_creation_overload');
      return undefined;
    }
    const codec = this.config.createCodec(this.#connection, this, data);
    if (codec === undefined) {
      this.config.stats.downstreamCxProtocolError.inc();
      this.#closeConnection('FlushWrite', 'DPE', 'codec_error:_protocol_not_supported');
      return undefined;
    }
    this.#codec = codec;
    this.isHttp1 = codec.protocol === 'HTTP/1.1' || codec.protocol === 'HTTP/1.0';
    this.config.stats.downstreamCxHttp1Total.inc();
    this.config.stats.downstreamCxHttp1Active.inc();
    return codec;
  }

  #onCodecError(error: CodecError): void {
    if (error.kind !== 'flood') this.config.stats.downstreamCxProtocolError.inc();
    const details = `codec_error:${error.message.replaceAll(/\s/g, '_')}`;
    this.#connection.streamInfo.setResponseFlag('DPE');
    // The codec has answered 400 where it could.
    this.#closeConnection('FlushWriteAndDelay', 'DPE', details);
  }

  // Output

  writeOutput(): void {
    const { output } = this.#codec ?? {};
    if (output === undefined || output.length === 0) return;
    if (this.#connection.state === 'Open') this.#connection.write(output, false);
    // Nobody takes it any more: it may lie in memory that is lent.
    else output.drain(output.length);
  }

  /** After a part of a response: what follows at once goes out with it. */
  flushSoon(): void {
    if (!this.#dispatching && !this.#closed) this.config.pendingOutputs.add(this);
  }

  // ServerCodecCallbacks

  newStream(encoder: ResponseEncoder): RequestDecoder {
    const { config } = this;
    const stream = new ActiveStream(this, encoder, encoder.stream.bufferLimitBytes);
    this.#countRequest();
    if (this.#softDrain) this.#endWith(stream);
    if (config.maxRequestsPerConnection > 0 && ++this.#requests >= config.maxRequestsPerConnection) {
      if (this.isHttp1) {
        this.#endWith(stream);
      } else if (this.drainState === 'NotDraining') {
        this.#startDrainSequence();
      }
      config.stats.downstreamCxMaxRequestsReached.inc();
    }
    encoder.stream.addCallbacks(stream);
    this.#link(stream);
    this.deadlines.arm(nextDeadlineMs(stream));
    return stream;
  }

  #countRequest(): void {
    const { stats } = this.config;
    stats.downstreamRqTotal.inc();
    stats.downstreamRqActive.inc();
    if (this.isHttp1) stats.downstreamRqHttp1Total.inc();
    else stats.downstreamRqHttp2Total.inc();
  }

  onGoAway(): void {}

  #link(stream: ActiveStream): void {
    stream.next = this.#firstStream;
    if (this.#firstStream !== undefined) this.#firstStream.previous = stream;
    this.#firstStream = stream;
  }

  #unlink(stream: ActiveStream): void {
    if (stream.previous !== undefined) stream.previous.next = stream.next;
    else this.#firstStream = stream.next;
    if (stream.next !== undefined) stream.next.previous = stream.previous;
    stream.next = undefined;
    stream.previous = undefined;
  }

  // The end of streams

  /** The response has been encoded, or must not be any more: what is left open is reset. */
  doEndStream(stream: ActiveStream, checkForClose = true): void {
    const { encoder, filters } = stream;
    if (encoder !== undefined && (!filters.remoteDecodeComplete || !stream.codecSawLocalComplete)) {
      stream.codecSawLocalComplete = true;
      filters.localComplete = true;
      encoder.stream.resetStream(stream.streamInfo.hasResponseFlag('DPE') ? 'ProtocolError' : 'LocalReset');
      // A codec that told of the reset has destroyed the stream by now; one that has read the whole request does not.
      if (!stream.destroyed) this.config.stats.downstreamRqRxReset.inc();
      this.doDeferredStreamDestroy(stream);
      if (this.isHttp1) this.drainState = 'Closing';
    } else {
      this.doDeferredStreamDestroy(stream);
    }
    if (!this.#dispatching) this.writeOutput();
    if (!checkForClose) return;
    const framedByClose = this.protocol === 'HTTP/1.0' && filters.responseHeaders?.has('content-length') !== true;
    this.checkForDeferredClose(stream.drainConnection && (filters.remoteDecodeComplete || framedByClose));
  }

  doDeferredStreamDestroy(stream: ActiveStream): void {
    if (stream.destroyed) return;
    stream.encoder?.stream.removeCallbacks(stream);
    stream.destroy();
    this.#unlink(stream);
    if (this.#firstStream !== undefined) return;
    this.#becomeIdle();
    if (!this.#pausedForPipelining || this.#closed) return;
    this.#pausedForPipelining = false;
    this.#connection.readDisable(false);
  }

  recreateStream(stream: ActiveStream): void {
    recreateStream(this, stream, (fresh) => {
      this.#countRequest();
      this.#link(fresh);
    });
  }

  /**
   * @param skipDelay the client has sent all of its request: closing at once loses nothing. As in Envoy this does not
   * hold for what is answered while its bytes are being read.
   */
  checkForDeferredClose(skipDelay = false): void {
    if (this.drainState !== 'Closing' || this.#firstStream !== undefined || this.#dispatching) return;
    this.writeOutput();
    if (this.#codec?.wantsToWrite() === true) return;
    const type = skipDelay ? 'FlushWrite' : 'FlushWriteAndDelay';
    this.#closeConnection(type, undefined, 'deferred_close_on_drained_connection');
  }

  /** @param closeType undefined when the connection has closed already. */
  #closeConnection(closeType: CloseType | undefined, flag: ResponseFlag | undefined, details: string): void {
    if (this.#closed) return;
    this.#closed = true;
    this.deadlines[Symbol.dispose]();
    this.#durationTimer?.[Symbol.dispose]();
    this.#scaleWatch?.[Symbol.dispose]();
    this.#drainTimer?.[Symbol.dispose]();
    this.#proactiveDrain?.[Symbol.dispose]();
    if (this.#firstStream !== undefined) this.#countActiveRequestDestroy(closeType !== undefined);
    this.#resetAllStreams(flag, details);
    this.writeOutput();
    if (closeType !== undefined) this.#connection.close(closeType, details);
  }

  #countActiveRequestDestroy(local: boolean): void {
    const { stats } = this.config;
    if (local) stats.downstreamCxDestroyLocalActiveRq.inc();
    else stats.downstreamCxDestroyRemoteActiveRq.inc();
    stats.downstreamCxDestroyActiveRq.inc();
    if (!local && this.#userAgent instanceof UserAgentStats) this.#userAgent.onRemoteDestroyWithActiveRequest();
  }

  #resetAllStreams(flag: ResponseFlag | undefined, details: string): void {
    for (let stream = this.#firstStream; stream !== undefined; stream = this.#firstStream) {
      stream.encoder?.stream.removeCallbacks(stream);
      const codecDetails = stream.encoder?.stream.responseDetails ?? '';
      stream.streamInfo.responseCodeDetails = codecDetails === '' ? details : codecDetails;
      if (flag !== undefined) stream.streamInfo.setResponseFlag(flag);
      stream.onResetStream('ConnectionTermination', '');
    }
  }

  onDrain(window: DrainWindow): void {
    if (this.#drainTimer !== undefined || this.#closed) return;
    const { dispatcher } = this.#connection;
    const nowMs = dispatcher.approximateMonotonicTimeMs();
    const delayMs = proactiveDrainDelayMs(window, this.config.timeouts.drainMs, nowMs, dispatcher.random);
    if (delayMs === undefined) return;
    this.#proactiveDrain = dispatcher.createTimer(() => this.#drainProactively());
    this.#proactiveDrain.enableTimer(delayMs);
  }

  #drainProactively(): void {
    if (this.#drainTimer !== undefined) return;
    this.config.stats.downstreamCxDrainClose.inc();
    this.#drainsProactively = true;
    if (this.#codec === undefined) this.#closeConnection('FlushWrite', undefined, 'on_drain_deadline');
    else this.#startDrainSequence();
  }

  // ConnectionCallbacks

  onEvent(event: ConnectionEvent): void {
    const { stats } = this.config;
    if (event === 'Connected') return;
    if (event === 'LocalClose') {
      stats.downstreamCxDestroyLocal.inc();
      if (!this.#closed) this.#closeConnection(undefined, 'DC', this.#localDisconnect());
    } else {
      this.remoteClosed = true;
      stats.downstreamCxDestroyRemote.inc();
      this.#closeConnection(undefined, 'DC', 'downstream_remote_disconnect');
    }
    this.#onDestroy();
  }

  #localDisconnect(): string {
    return `downstream_local_disconnect(${this.#connection.localCloseReason.replaceAll(' ', '_')})`;
  }

  #onDestroy(): void {
    const { stats } = this.config;
    this.#resume?.[Symbol.dispose]();
    stats.downstreamCxDestroy.inc();
    stats.downstreamCxActive.dec();
    if (this.#softDrain) stats.downstreamCxHttp1SoftDrain.dec();
    if (this.#connection.info.ssl !== undefined) stats.downstreamCxSslActive.dec();
    if (this.#codec !== undefined) stats.downstreamCxHttp1Active.dec();
    const lengthMs = Math.floor(this.#connection.dispatcher.approximateMonotonicTimeMs() - this.#startMs);
    stats.downstreamCxLengthMs.recordValue(lengthMs);
    if (this.#userAgent instanceof UserAgentStats) this.#userAgent.onConnectionEnd(lengthMs);
  }

  onAboveWriteBufferHighWatermark(): void {
    this.#codec?.onUnderlyingConnectionAboveWriteBufferHighWatermark();
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#codec?.onUnderlyingConnectionBelowWriteBufferLowWatermark();
  }

  // Time and drain

  /** 0 = off. */
  #idleMs(): number {
    const { timeouts, scaledTimeouts } = this.config;
    return scaledTimeouts?.scale('http-connection-idle', timeouts.idleMs) ?? timeouts.idleMs;
  }

  /** The timer looks as early as it has to for a stream that comes at once: so that does not arm it again. */
  #awaitFirstStream(): void {
    const { idleMs, streamIdleMs } = this.config.timeouts;
    if (idleMs === 0) return;
    this.#idleSinceMs = this.#startMs;
    this.deadlines.arm(this.#startMs + Math.min(this.#idleMs(), streamIdleMs > 0 ? streamIdleMs : NEVER));
  }

  #becomeIdle(): void {
    const { timeouts } = this.config;
    if (timeouts.idleMs === 0 || this.#closed) return;
    this.#idleSinceMs = this.#connection.dispatcher.approximateMonotonicTimeMs();
    this.deadlines.arm(this.#idleSinceMs + this.#idleMs());
  }

  #checkDeadlines(nowMs: number): number {
    if (this.#firstStream === undefined) return this.#checkIdle(nowMs);
    let nextMs = NEVER;
    let stream: ActiveStream | undefined = this.#firstStream;
    while (stream !== undefined) {
      const { next }: ActiveStream = stream;
      nextMs = Math.min(nextMs, stream.checkDeadlines(nowMs));
      stream = next;
    }
    return nextMs;
  }

  #checkIdle(nowMs: number): number {
    if (this.config.timeouts.idleMs === 0) return NEVER;
    const dueMs = this.#idleSinceMs + this.#idleMs();
    if (nowMs < dueMs) return dueMs;
    this.config.stats.downstreamCxIdleTimeout.inc();
    this.#drainOrClose('on_idle_timeout');
    return NEVER;
  }

  #onConnectionDuration(): void {
    this.config.stats.downstreamCxMaxDurationReached.inc();
    if (this.#codec === undefined || !this.config.http1SafeMaxConnectionDuration || !this.isHttp1) {
      this.#drainOrClose('duration_timeout');
    } else if (!this.#softDrain) {
      this.#softDrain = true;
      this.config.stats.downstreamCxHttp1SoftDrain.inc();
    }
  }

  /** Its answer is the connection's last, and says so. */
  #endWith(stream: ActiveStream): void {
    stream.drainConnection = true;
    this.drainState = 'Closing';
  }

  #drainOrClose(reason: string): void {
    if (this.#codec === undefined) this.#closeConnection('FlushWrite', undefined, reason);
    else if (this.drainState === 'NotDraining') this.#startDrainSequence();
  }

  #startDrainSequence(): void {
    if (this.drainState === 'NotDraining') this.drainState = 'Draining';
    this.#codec?.shutdownNotice();
    this.#drainTimer = this.#connection.dispatcher.createTimer(() => this.#onDrainTimeout());
    const { drainMs, drainJitter } = this.config.timeouts;
    this.#drainTimer.enableTimer(this.#jittered(drainMs, drainJitter));
  }

  #jittered(ms: number, jitter: number): number {
    return jitteredMs(ms, jitter, this.#connection.dispatcher.random);
  }

  #onDrainTimeout(): void {
    this.#codec?.goAway();
    this.writeOutput();
    this.drainState = 'Closing';
    if (this.#drainsProactively) this.#endUpgrades();
    this.checkForDeferredClose();
  }

  /** Tunnels would go on for ever. */
  #endUpgrades(): void {
    for (let stream = this.#firstStream; stream !== undefined; ) {
      const { next }: ActiveStream = stream;
      if (stream.isUpgraded) {
        stream.streamInfo.responseCodeDetails = 'on_drain_deadline';
        stream.resetStream('LocalReset', '');
      }
      stream = next;
    }
  }

  /** Asked at each response: whether the listener wants this connection to end. */
  maybeStartDraining(): void {
    if (this.drainState !== 'NotDraining' || !this.#callbacks.drainDecision.drainClose()) return;
    this.#startDrainSequence();
    this.config.stats.downstreamCxDrainClose.inc();
  }

  closeAfterStreams(): void {
    if (this.drainState === 'NotDraining') this.drainState = 'Closing';
  }

  closeNow(): void {
    this.drainState = 'Closing';
  }

  /** The first request tells what kind of client this is. */
  noteUserAgent(headers: RequestHeaderMap): void {
    this.#userAgent ??= UserAgentStats.of(headers.get('user-agent'), this.config.scope) ?? 'unknown';
    if (this.#userAgent !== 'unknown') this.#userAgent.onRequest();
  }
}
