/** HTTP filters and what they are given (envoy/http/filter.h). */
import type { Buffer } from './buffer.ts';
import type { StreamResetReason } from './codec.ts';
import type { Dispatcher } from './event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from './headers.ts';
import type { Address, Connection } from './network.ts';
import type { Route } from './router.ts';
import type { StreamInfo, TraceReason, UpstreamInfo } from './stream-info.ts';
import type { ClusterInfo, Host } from './upstream.ts';

/**
 * What decodeHeaders / encodeHeaders answers.
 * - `Continue`: go on with the next filter.
 * - `StopIteration`: later filters see nothing until continueDecoding(); this filter still gets data and trailers.
 * - `ContinueAndDontEndStream`: go on, headers without end of stream; the filter adds a body or trailers later.
 * - `StopAllIterationAndBuffer`: no more callbacks to anybody until continued; data is buffered, above the limit 413 / 500.
 * - `StopAllIterationAndWatermark`: the same, but above the limit the peer is read-disabled.
 */
export type FilterHeadersStatus =
  | 'Continue'
  | 'StopIteration'
  | 'ContinueAndDontEndStream'
  | 'StopAllIterationAndBuffer'
  | 'StopAllIterationAndWatermark';
export type FilterDataStatus =
  | 'Continue'
  | 'StopIterationAndBuffer'
  | 'StopIterationAndWatermark'
  | 'StopIterationNoBuffer';
export type FilterTrailersStatus = 'Continue' | 'StopIteration';

/** An answer of our own. */
export interface LocalReply {
  readonly status: number;
  /** Text goes out as UTF-8, bytes as they are. */
  readonly body?: string | Uint8Array | undefined;
  /** Response-code details, e.g. `route_not_found`. */
  readonly details: string;
  readonly grpcStatus?: number;
  /** The rest of the request is not looked at, even if it came along with what is answered: its connection closes. */
  readonly requestIncomplete?: boolean;
  modifyHeaders?(headers: ResponseHeaderMap): void;
}

export interface DownstreamWatermarkCallbacks {
  onAboveWriteBufferHighWatermark(): void;
  onBelowWriteBufferLowWatermark(): void;
}

/** Those who want to know how an attempt at the upstream gets on (Envoy's Http::UpstreamCallbacks). */
export interface UpstreamCallbacks {
  /** Before a connection is asked for. A local reply from here ends the attempt: none is. */
  onHostSelected?(host: Host): void;
  onUpstreamConnectionEstablished?(): void;
}

/** What a filter between the router and an upstream knows besides (Envoy's UpstreamStreamFilterCallbacks). */
export interface UpstreamStreamFilterCallbacks {
  /** Of this attempt: host, connection, times. The stream info is that of the client's request. */
  readonly upstreamInfo: UpstreamInfo;
  /** For the life of the filter. */
  addUpstreamCallbacks(callbacks: UpstreamCallbacks): void;
}

export interface StreamFilterCallbacks {
  /** Of the client. Undefined for streams that no socket brought (async client). */
  readonly connection: Connection | undefined;
  /** Undefined for filters between the client and the router. */
  readonly upstreamCallbacks: UpstreamStreamFilterCallbacks | undefined;
  readonly dispatcher: Dispatcher;
  readonly streamInfo: StreamInfo;
  readonly streamId: number;
  /** The name of this filter in the configuration's chain. */
  readonly filterConfigName: string;
  /** The matched route, matched on first use and kept until clearRouteCache(); undefined = none matches. */
  route(): Route | undefined;
  clusterInfo(): ClusterInfo | undefined;
  setRoute(route: Route | undefined): void;
  clearRouteCache(): void;
  /** The most specific per-route configuration of this filter (route, weighted cluster, virtual host, table). */
  perRouteConfig<C>(): C | undefined;
  /** All levels, least specific first. */
  perRouteConfigs<C>(): readonly C[];
  resetStream(reason?: StreamResetReason, details?: string): void;
  readonly requestHeaders: RequestHeaderMap | undefined;
  readonly requestTrailers: HeaderMap | undefined;
  readonly informationalHeaders: ResponseHeaderMap | undefined;
  readonly responseHeaders: ResponseHeaderMap | undefined;
  readonly responseTrailers: HeaderMap | undefined;
}

export interface DecoderFilterCallbacks extends StreamFilterCallbacks {
  continueDecoding(): void;
  readonly decodingBuffer: Buffer | undefined;
  modifyDecodingBuffer(modify: (buffer: Buffer) => void): void;
  addDecodedData(data: Buffer, streaming: boolean): void;
  injectDecodedDataToFilterChain(data: Buffer, endStream: boolean): void;
  addDecodedTrailers(): HeaderMap;
  sendLocalReply(reply: LocalReply): void;
  encode1xxHeaders(headers: ResponseHeaderMap): void;
  /** The response begins (terminal filters). `details` becomes the response-code details. */
  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean, details: string): void;
  encodeData(data: Buffer, endStream: boolean): void;
  encodeTrailers(trailers: HeaderMap): void;
  onDecoderFilterAboveWriteBufferHighWatermark(): void;
  onDecoderFilterBelowWriteBufferLowWatermark(): void;
  addDownstreamWatermarkCallbacks(callbacks: DownstreamWatermarkCallbacks): void;
  removeDownstreamWatermarkCallbacks(callbacks: DownstreamWatermarkCallbacks): void;
  readonly decoderBufferLimitBytes: number;
  setDecoderBufferLimitBytes(bytes: number): void;
  /** Starts the stream anew from its (changed) request headers: internal redirects. False when it cannot. */
  recreateStream(originalResponseHeaders: ResponseHeaderMap | undefined): boolean;
}

export interface EncoderFilterCallbacks extends StreamFilterCallbacks {
  continueEncoding(): void;
  readonly encodingBuffer: Buffer | undefined;
  modifyEncodingBuffer(modify: (buffer: Buffer) => void): void;
  addEncodedData(data: Buffer, streaming: boolean): void;
  injectEncodedDataToFilterChain(data: Buffer, endStream: boolean): void;
  addEncodedTrailers(): HeaderMap;
  sendLocalReply(reply: LocalReply): void;
  onEncoderFilterAboveWriteBufferHighWatermark(): void;
  onEncoderFilterBelowWriteBufferLowWatermark(): void;
  readonly encoderBufferLimitBytes: number;
  setEncoderBufferLimitBytes(bytes: number): void;
}

export interface LocalReplyNotice {
  readonly status: number;
  readonly details: string;
  readonly grpcStatus: number | undefined;
  readonly resetImminent: boolean;
}

/** Every hook is optional: an absent one means Continue and costs nothing. One object a stream. */
export interface HttpFilter {
  setDecoderFilterCallbacks?(callbacks: DecoderFilterCallbacks): void;
  setEncoderFilterCallbacks?(callbacks: EncoderFilterCallbacks): void;
  decodeHeaders?(headers: RequestHeaderMap, endStream: boolean): FilterHeadersStatus;
  decodeData?(data: Buffer, endStream: boolean): FilterDataStatus;
  decodeTrailers?(trailers: HeaderMap): FilterTrailersStatus;
  /** The request has been seen whole by this filter. */
  decodeComplete?(): void;
  encode1xxHeaders?(headers: ResponseHeaderMap): FilterTrailersStatus;
  encodeHeaders?(headers: ResponseHeaderMap, endStream: boolean): FilterHeadersStatus;
  encodeData?(data: Buffer, endStream: boolean): FilterDataStatus;
  encodeTrailers?(trailers: HeaderMap): FilterTrailersStatus;
  encodeComplete?(): void;
  onStreamComplete?(): void;
  onLocalReply?(notice: LocalReplyNotice): 'Continue' | 'ContinueAndResetStream';
  /** Last call. No callback may be used after it. */
  onDestroy?(): void;
}

/** Makes the filter of one stream. */
export type HttpFilterFactory = () => HttpFilter;

/** One place of a configured chain. */
export interface HttpFilterChainEntry {
  /** The name in the configuration: per-route configuration goes by it. */
  readonly configName: string;
  /** The extension's own name, the fallback for per-route configuration. */
  readonly filterName: string;
  readonly createFilter: HttpFilterFactory;
  /** Off unless a route configures it. */
  readonly disabled: boolean;
}

export type HttpFilterChain = readonly HttpFilterChainEntry[];

/** How requests get their id (Envoy's Http::RequestIDExtension); of the category `envoy.request_id`. */
export interface RequestIdGenerator {
  /** Gives the request an id. At the edge the client's is replaced unless it is to be kept. */
  set(headers: RequestHeaderMap, edge: boolean, keepExternalId: boolean): void;
  setInResponse(response: ResponseHeaderMap, request: RequestHeaderMap): void;
  get(headers: RequestHeaderMap): string | undefined;
  /** How the id takes part in tracing; absent = every request is sampled. */
  readonly tracing?: RequestIdTracing | undefined;
}

/** The reason for tracing a request, kept in its id. */
export interface RequestIdTracing {
  /** A whole number drawn with the id; undefined when the id is none of ours. */
  toInteger(headers: RequestHeaderMap): number | undefined;
  reason(headers: RequestHeaderMap): TraceReason;
  setReason(headers: RequestHeaderMap, reason: TraceReason): void;
}

export interface DetectedAddress {
  /** Undefined = not found; the next detection is asked. */
  readonly address: Address | undefined;
  /** The address may make the request an internal one. */
  readonly trusted: boolean;
  /** Set = the request is refused so. */
  readonly reject: LocalReply | undefined;
  /** The peer's address joins x-forwarded-for; default: no. Counts whether or not an address has been found. */
  readonly appendXff?: boolean;
}

/** Changes a request's headers before it is routed; of the category `envoy.http.early_header_mutation`. */
export interface EarlyHeaderMutation {
  /** False = the mutations behind this one are left out. */
  mutate(headers: RequestHeaderMap, streamInfo: StreamInfo): boolean;
}

/** Who the client is, by a request's headers; of the category `envoy.http.original_ip_detection`. */
export interface OriginalIpDetection {
  detect(headers: RequestHeaderMap, peer: Address): DetectedAddress;
}
