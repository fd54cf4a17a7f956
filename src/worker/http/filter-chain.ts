import type { Buffer } from '../../../sdk/buffer.ts';
import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { UpstreamStreamFilterCallbacks } from '../../../sdk/http.ts';
import type { Route } from '../../../sdk/router.ts';
import type { ClusterInfo } from '../../../sdk/upstream.ts';

/** What a filter manager needs of the stream that it filters (Envoy's FilterManagerCallbacks). */
export interface FilterManagerCallbacks {
  /** Undefined for a client's stream. */
  readonly upstreamCallbacks: UpstreamStreamFilterCallbacks | undefined;
  encode1xxHeaders(headers: ResponseHeaderMap): void;
  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: HeaderMap): void;
  /** The response has been encoded to its end. */
  endStream(): void;
  resetStream(reason: StreamResetReason, details: string): void;
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

/** What it needs of a client's stream besides. */
export interface DownstreamFilterManagerCallbacks extends FilterManagerCallbacks {
  /** We answer ourselves: `status` as it was before anything is mapped. */
  onLocalReply(status: number): void;
  recreateStream(originalResponseHeaders: ResponseHeaderMap | undefined): void;
  chargeStats(headers: ResponseHeaderMap): void;
  /** Makes the filters of an answer that comes before any were made. */
  createFilterChainForEarlyReply(): void;
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
