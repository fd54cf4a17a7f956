/** Sans-IO HTTP codecs: bytes in, events out, bytes out (envoy/http/codec.h). No sockets, timers or promises. */
import type { Buffer } from './buffer.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from './headers.ts';
import type { BytesMeter } from './stream-info.ts';

export type Protocol = 'HTTP/1.0' | 'HTTP/1.1' | 'HTTP/2' | 'HTTP/3';

/** Envoy's Http::StreamResetReason. */
export type StreamResetReason =
  | 'LocalReset'
  | 'LocalRefusedStreamReset'
  | 'RemoteReset'
  | 'RemoteRefusedStreamReset'
  | 'LocalConnectionFailure'
  | 'RemoteConnectionFailure'
  | 'ConnectionTimeout'
  | 'ConnectionTermination'
  | 'Overflow'
  | 'ConnectError'
  | 'ProtocolError'
  | 'OverloadManager'
  | 'Http1PrematureUpstreamHalfClose';

export interface StreamCallbacks {
  onResetStream(reason: StreamResetReason, details: string): void;
  onAboveWriteBufferHighWatermark(): void;
  onBelowWriteBufferLowWatermark(): void;
}

export interface Stream {
  addCallbacks(callbacks: StreamCallbacks): void;
  removeCallbacks(callbacks: StreamCallbacks): void;
  resetStream(reason: StreamResetReason): void;
  /** Counted: true adds a reason to stop reading, false takes one away. */
  readDisable(disable: boolean): void;
  readonly bufferLimitBytes: number;
  /** Response-code details of the codec when it refused the stream, '' otherwise. */
  readonly responseDetails: string;
  /** What the codec reads and writes for this stream; undefined when it does not count. */
  readonly bytesMeter?: BytesMeter;
}

/** A server's view of an arriving request. `decodeHeaders` may come once, then data, then at most one trailers. */
export interface RequestDecoder {
  decodeHeaders(headers: RequestHeaderMap, endStream: boolean): void;
  /** The callee takes the bytes it wants (move or drain); what is left is dropped after the call. */
  decodeData(data: Buffer, endStream: boolean): void;
  decodeTrailers(trailers: HeaderMap): void;
  /** The codec refuses the request: answer it so (Envoy's sendLocalReply from the codec), before any decodeHeaders or after. */
  sendLocalReply(status: number, body: string, details: string): void;
}

export interface ResponseEncoder {
  readonly stream: Stream;
  encode1xxHeaders(headers: ResponseHeaderMap): void;
  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: HeaderMap): void;
  /** HTTP/1: whether an error closes the whole connection. */
  readonly streamErrorOnInvalidHttpMessage: boolean;
}

export interface ResponseDecoder {
  decode1xxHeaders(headers: ResponseHeaderMap): void;
  decodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void;
  decodeData(data: Buffer, endStream: boolean): void;
  decodeTrailers(trailers: HeaderMap): void;
}

export interface RequestEncoder {
  readonly stream: Stream;
  /** A fault of the headers (missing :method …) is a value; nothing was written then. */
  encodeHeaders(headers: RequestHeaderMap, endStream: boolean): CodecError | undefined;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: HeaderMap): void;
  enableTcpTunneling(): void;
}

/** What a peer did wrong. `details` is Envoy's response-code detail, e.g. `http1.codec_error`. */
export interface CodecError {
  readonly kind: 'protocol' | 'premature_response' | 'flood' | 'gone';
  readonly details: string;
  readonly message: string;
  /** Of a premature response: 408 is how servers close idle connections, and no fault. */
  readonly responseStatus?: number;
}

export interface Codec {
  readonly protocol: Protocol;
  /** Feed received bytes; events fire synchronously; consumed bytes are drained. A peer's fault is returned, never thrown. */
  dispatch(data: Buffer): CodecError | undefined;
  /** The peer sent FIN. */
  onPeerClosed(): CodecError | undefined;
  /** Bytes the owner must write next, moved out by the owner after each call into the codec. */
  readonly output: Buffer;
  goAway(): void;
  shutdownNotice(): void;
  /** Whether the codec has bytes or a state to be written yet. */
  wantsToWrite(): boolean;
  onUnderlyingConnectionAboveWriteBufferHighWatermark(): void;
  onUnderlyingConnectionBelowWriteBufferLowWatermark(): void;
}

export interface ServerCodecCallbacks {
  newStream(encoder: ResponseEncoder): RequestDecoder;
  onGoAway(): void;
}

export interface ServerCodec extends Codec {}

export interface ClientCodec extends Codec {
  newStream(decoder: ResponseDecoder): RequestEncoder;
}
