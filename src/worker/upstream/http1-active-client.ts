import type { Buffer } from '../../../sdk/buffer.ts';
import type {
  ClientCodec,
  CodecError,
  RequestEncoder,
  ResponseDecoder,
  Stream,
  StreamCallbacks,
  StreamResetReason,
} from '../../../sdk/codec.ts';
import type { Timer } from '../../../sdk/event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { ConnectionEvent, FilterStatus, NetworkFilter } from '../../../sdk/network.ts';
import { shouldCloseConnection } from '../../common/http/http1-keep-alive.ts';
import type { UpstreamClientConnection } from '../network/client-connection.ts';
import { ActiveClient } from './active-client.ts';
import type { Http1ConnPool } from './http1-conn-pool.ts';

/** An HTTP/1 connection of a pool: its codec and the one stream at a time (Envoy's CodecClient and Http1::ActiveClient). */
export class Http1ActiveClient extends ActiveClient implements NetworkFilter {
  readonly codec: ClientCodec;
  #stream: Http1ActiveStream | undefined = undefined;
  #incompleteAtClose = false;
  #protocolError = false;
  #closing = false;
  readonly #idleTimeoutMs: number;
  readonly #idleTimer: Timer | undefined;

  constructor(pool: Http1ConnPool, connection: UpstreamClientConnection) {
    const { http } = pool.cluster.config;
    super(pool, connection, http.maxRequestsPerConnection, 1);
    this.codec = pool.createCodec((disable) => connection.readDisable(disable));
    this.#idleTimeoutMs = http.idleTimeoutMs;
    if (this.#idleTimeoutMs > 0) {
      this.#idleTimer = this.pool.dispatcher.createTimer(() => this.#onIdleTimeout());
    }
    connection.addFilter(this);
    connection.addConnectionCallbacks(this);
    connection.streamInfo.protocol = 'HTTP/1.1';
  }

  get activeStreams(): number {
    return this.#stream === undefined ? 0 : 1;
  }

  get closingWithIncompleteStream(): boolean {
    return this.#incompleteAtClose;
  }

  newStream(decoder: ResponseDecoder): Http1ActiveStream {
    const stream = new Http1ActiveStream(this, decoder);
    this.#stream = stream;
    stream.begin(this.codec.newStream(stream));
    return stream;
  }

  // From the connection.

  onData(data: Buffer, _endStream: boolean): FilterStatus {
    this.pool.dispatcher.updateApproximateMonotonicTime();
    const error = this.codec.dispatch(data);
    if (error !== undefined) this.#onCodecError(error);
    else this.flush();
    return 'StopIteration';
  }

  override onEvent(event: ConnectionEvent): void {
    if (event === 'Connected') {
      this.#armIdleTimer();
      super.onEvent(event);
      return;
    }
    this.#idleTimer?.[Symbol.dispose]();
    this.#closing = true;
    if (this.streamsStarted > 0) this.pool.stats.upstreamRqPerCx.recordValue(this.streamsStarted);
    // A response that ends with the connection is complete now; one that is cut short is a fault.
    if (event === 'RemoteClose' && this.#stream !== undefined && this.#failsAtPeerClose()) this.#protocolError = true;
    const stream = this.#stream;
    // A response to a request that has not been sent whole leaves both undone.
    this.#incompleteAtClose = stream !== undefined && !(stream.decodeComplete && stream.encodeComplete);
    const reason = this.#resetReason(event);
    super.onEvent(event);
    // Last, since whoever is told may come back with a new stream at once.
    if (stream === undefined) return;
    this.#stream = undefined;
    this.pool.onStreamClosed(this);
    if (!stream.decodeComplete) stream.resetByConnection(reason);
  }

  override onAboveWriteBufferHighWatermark(): void {
    this.codec.onUnderlyingConnectionAboveWriteBufferHighWatermark();
  }

  override onBelowWriteBufferLowWatermark(): void {
    this.codec.onUnderlyingConnectionBelowWriteBufferLowWatermark();
  }

  // From the stream.

  /** Sends what the codec has written. */
  flush(): void {
    const { output } = this.codec;
    if (output.length > 0) this.connection.write(output, false);
  }

  /** The response is complete: the connection takes the next stream or closes. */
  onResponseComplete(stream: Http1ActiveStream): void {
    if (this.#stream !== stream || this.#closing) return;
    if (!stream.encodeComplete || stream.closeConnection) {
      this.close();
      return;
    }
    this.#stream = undefined;
    this.#armIdleTimer();
    this.pool.onStreamClosed(this);
  }

  /** The upstream said that it will close. */
  noteCloseNotify(): void {
    this.pool.stats.upstreamCxCloseNotify.inc();
  }

  onStreamReset(): void {
    if (!this.#closing) this.close();
  }

  #onCodecError(error: CodecError): void {
    // 408 is how servers close idle connections.
    const idle = this.#stream === undefined && error.responseStatus === 408;
    const harmless = error.kind === 'premature_response' && idle;
    if (!harmless) {
      this.pool.stats.upstreamCxProtocolError.inc();
      this.#protocolError = true;
    }
    this.close();
  }

  #failsAtPeerClose(): boolean {
    const failed = this.codec.onPeerClosed() !== undefined;
    if (failed) this.pool.stats.upstreamCxProtocolError.inc();
    return failed;
  }

  #resetReason(event: 'RemoteClose' | 'LocalClose'): StreamResetReason {
    if (!this.connected) return event === 'RemoteClose' ? 'RemoteConnectionFailure' : 'LocalConnectionFailure';
    if (!this.#protocolError) return 'ConnectionTermination';
    this.connection.streamInfo.setResponseFlag('UPE');
    return 'ProtocolError';
  }

  #armIdleTimer(): void {
    this.#idleTimer?.enableTimer(this.#idleTimeoutMs);
  }

  /** The timer goes on while there is a stream: to start it anew after each costs less than to stop it as well. */
  #onIdleTimeout(): void {
    if (this.#stream !== undefined) return;
    this.pool.stats.upstreamCxIdleTimeout.inc();
    this.close();
  }
}

/**
 * A request on an HTTP/1 connection, between the router and the codec: sends what the codec writes, and sees where request
 * and response end.
 */
export class Http1ActiveStream implements RequestEncoder, ResponseDecoder, StreamCallbacks {
  encodeComplete = false;
  decodeComplete = false;
  closeConnection = false;
  readonly #client: Http1ActiveClient;
  readonly #decoder: ResponseDecoder;
  /** Set by `begin`, right after the constructor: the codec's stream is made for this one. */
  #encoder!: RequestEncoder;
  #isTunnel = false;
  #reset = false;

  constructor(client: Http1ActiveClient, decoder: ResponseDecoder) {
    this.#client = client;
    this.#decoder = decoder;
  }

  begin(encoder: RequestEncoder): void {
    this.#encoder = encoder;
    encoder.stream.addCallbacks(this);
  }

  // RequestEncoder.

  get stream(): Stream {
    return this.#encoder.stream;
  }

  encodeHeaders(headers: RequestHeaderMap, endStream: boolean): CodecError | undefined {
    const error = this.#encoder.encodeHeaders(headers, endStream);
    if (error !== undefined) return error;
    if (headers.method === 'CONNECT') this.#isTunnel = true;
    this.#afterEncode(endStream);
    return undefined;
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (endStream) this.encodeComplete = true;
    this.#encoder.encodeData(data, endStream);
    this.#afterEncode(endStream);
  }

  /** Nothing but its connection's end tells the end of a tunnel. */
  #afterEncode(endStream: boolean): void {
    if (endStream) this.encodeComplete = true;
    this.#client.flush();
    if (endStream && this.#isTunnel) this.#client.connection.close('FlushWriteAndDelay');
  }

  encodeTrailers(trailers: HeaderMap): void {
    this.encodeComplete = true;
    this.#encoder.encodeTrailers(trailers);
    this.#client.flush();
  }

  enableTcpTunneling(): void {
    this.#isTunnel = true;
    this.#encoder.enableTcpTunneling();
  }

  // ResponseDecoder.

  decode1xxHeaders(headers: ResponseHeaderMap): void {
    this.#decoder.decode1xxHeaders(headers);
  }

  decodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    if (shouldCloseConnection(this.#client.codec.protocol, headers)) {
      this.closeConnection = true;
      this.#client.noteCloseNotify();
    }
    if (endStream) this.decodeComplete = true;
    this.#decoder.decodeHeaders(headers, endStream);
    if (endStream) this.#client.onResponseComplete(this);
  }

  decodeData(data: Buffer, endStream: boolean): void {
    if (endStream) this.decodeComplete = true;
    this.#decoder.decodeData(data, endStream);
    if (endStream) this.#client.onResponseComplete(this);
  }

  decodeTrailers(trailers: HeaderMap): void {
    this.decodeComplete = true;
    this.#decoder.decodeTrailers(trailers);
    this.#client.onResponseComplete(this);
  }

  // StreamCallbacks.

  onResetStream(): void {
    if (this.#reset) return;
    this.#reset = true;
    this.#client.onStreamReset();
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  /** The connection is gone: whoever uses the stream is told, unless it was the one who reset it. */
  resetByConnection(reason: StreamResetReason): void {
    if (this.#reset) return;
    this.#reset = true;
    this.#encoder.stream.resetStream(reason);
  }
}
