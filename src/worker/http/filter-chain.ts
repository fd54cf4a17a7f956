import type { Buffer } from '../../../sdk/buffer.ts';
import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { HttpFilterFactory } from '../../../sdk/http.ts';
import type { Route } from '../../../sdk/router.ts';
import type { ClusterInfo } from '../../../sdk/upstream.ts';

/** One place of a configured chain. */
export interface FilterChainEntry {
  /** The name in the configuration: per-route configuration goes by it. */
  readonly configName: string;
  /** The extension's own name, the fallback for per-route configuration. */
  readonly filterName: string;
  readonly createFilter: HttpFilterFactory;
  /** Off unless a route configures it. */
  readonly disabled: boolean;
}

export type FilterChain = readonly FilterChainEntry[];

/** What a filter manager needs of the stream that it filters (Envoy's FilterManagerCallbacks). */
export interface FilterManagerCallbacks {
  encode1xxHeaders(headers: ResponseHeaderMap): void;
  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: HeaderMap): void;
  /** The response has been encoded to its end. */
  endStream(): void;
  resetStream(reason: StreamResetReason, details: string): void;
  recreateStream(originalResponseHeaders: ResponseHeaderMap | undefined): void;
  chargeStats(headers: ResponseHeaderMap): void;
  resetIdleTimer(): void;
  /** Makes the filters of an answer that comes before any were made. */
  createFilterChainForEarlyReply(): void;
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
