import type { Buffer } from '../../../sdk/buffer.ts';
import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { LocalReply, UpstreamStreamFilterCallbacks } from '../../../sdk/http.ts';
import type { Connection } from '../../../sdk/network.ts';
import type { Route } from '../../../sdk/router.ts';
import type { ClusterInfo } from '../../../sdk/upstream.ts';

/**
 * What a filter manager needs of the stream that it filters (Envoy's FilterManagerCallbacks). On which side of the router
 * the stream is makes a difference where we answer ourselves: that is the stream's affair.
 */
export interface FilterManagerCallbacks {
  readonly connection: Connection | undefined;
  readonly dispatcher: Dispatcher;
  readonly streamId: number;
  /** False: `Expect: 100-continue` is answered by ourselves, informational responses of upstreams are dropped. */
  readonly proxy100Continue: boolean;
  /** Undefined for a client's stream. */
  readonly upstreamCallbacks: UpstreamStreamFilterCallbacks | undefined;
  encode1xxHeaders(headers: ResponseHeaderMap): void;
  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: HeaderMap): void;
  /** The response has been encoded to its end. */
  endStream(): void;
  resetStream(reason: StreamResetReason, details: string): void;
  /** Answers the request ourselves. */
  sendLocalReplyWith(reply: LocalReply): void;
  /** An answer that a filter gave in a hook of the request's way, now that the hook has returned. */
  executeLocalReplyIfPrepared(): void;
  /** Begins the request anew; false when that is not possible. */
  recreateStream(originalResponseHeaders: ResponseHeaderMap | undefined): boolean;
  resetIdleTimer(): void;
  disarmRequestTimeout(): void;
  /** A filter's hook has thrown. */
  reportFilterFault(error: unknown): void;
  onRequestDataTooLarge(): void;
  onResponseDataTooLarge(): void;
  onDecoderFilterAboveWriteBufferHighWatermark(): void;
  onDecoderFilterBelowWriteBufferLowWatermark(): void;
  route(): Route | undefined;
  setRoute(route: Route | undefined): void;
  clearRouteCache(): void;
  clusterInfo(): ClusterInfo | undefined;
}

/** Which filter hook is running: bits, since hooks of both directions may be on the stack at once. */
export const FilterCall = {
  decodeHeaders: 1,
  decodeData: 2,
  decodeTrailers: 4,
  encode1xxHeaders: 8,
  encodeHeaders: 16,
  encodeData: 32,
  encodeTrailers: 64,
  endOfStream: 128,
} as const;
export const DECODING_CALLS = FilterCall.decodeHeaders | FilterCall.decodeData | FilterCall.decodeTrailers;
export const ENCODING_CALLS =
  FilterCall.encode1xxHeaders | FilterCall.encodeHeaders | FilterCall.encodeData | FilterCall.encodeTrailers;
