import type { Buffer } from '../../../sdk/buffer.ts';
import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { DownstreamWatermarkCallbacks, HttpFilter, LocalReply } from '../../../sdk/http.ts';
import type { Connection } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { Trailers } from '../../common/headers/header-map.ts';
import { GuardedDispatcher } from '../../event/guarded-dispatcher.ts';
import { DecoderFilter } from './decoder-filter.ts';
import { encodeData, encodeHeaders } from './encode-iteration.ts';
import { EncoderFilter } from './encoder-filter.ts';
import {
  DECODING_CALLS,
  ENCODING_CALLS,
  FilterCall,
  type FilterChain,
  type FilterChainEntry,
  type FilterManagerCallbacks,
} from './filter-chain.ts';
import { type LocalReplyRewriter, type PreparedLocalReply, prepareLocalReply } from './local-reply.ts';

/** What all streams of a connection manager share. */
export interface FilterManagerOptions {
  /** False: `Expect: 100-continue` is answered by ourselves, informational responses of upstreams are dropped. */
  readonly proxy100Continue: boolean;
  /** Undefined when nothing rewrites local replies. */
  readonly localReply: LocalReplyRewriter | undefined;
}

/**
 * The filters of one stream, in both directions, and the state of their iteration (Envoy's FilterManager). Its public
 * fields are for the iteration in decode-iteration.ts and encode-iteration.ts and for the filters' places in the chain.
 */
export class FilterManager {
  readonly callbacks: FilterManagerCallbacks;
  readonly connection: Connection | undefined;
  readonly dispatcher: Dispatcher;
  readonly streamInfo: StreamInfo;
  readonly streamId: number;
  readonly proxy100Continue: boolean;
  readonly #localReply: LocalReplyRewriter | undefined;

  requestHeaders: RequestHeaderMap | undefined = undefined;
  requestTrailers: HeaderMap | undefined = undefined;
  informationalHeaders: ResponseHeaderMap | undefined = undefined;
  responseHeaders: ResponseHeaderMap | undefined = undefined;
  responseTrailers: HeaderMap | undefined = undefined;
  bufferedRequestData: Buffer | undefined = undefined;
  bufferedResponseData: Buffer | undefined = undefined;
  bufferLimitBytes: number;

  firstDecoder: DecoderFilter | undefined = undefined;
  #lastDecoder: DecoderFilter | undefined = undefined;
  /** The last filter of the chain: responses come in there. */
  firstEncoder: EncoderFilter | undefined = undefined;

  /** Bits of FilterCall. */
  callState = 0;
  /** The request has arrived whole. */
  remoteDecodeComplete = false;
  /** The response has entered the chain whole. */
  localComplete = false;
  /** The response has left the chain whole. */
  remoteEncodeComplete = false;
  /** Response headers other than 1xx have left the chain: no local reply is possible any more. */
  responseHeadersEncoded = false;
  has1xxHeaders = false;
  decoderChainAborted = false;
  encoderChainAborted = false;
  sawDownstreamReset = false;
  destroyed = false;
  /** What happens above the limit of a buffer: the peer is read-disabled (streaming) or answered with an error. */
  decoderFiltersStreaming = true;
  encoderFiltersStreaming = true;
  isHeadRequest = false;
  isGrpcRequest = false;

  #highWatermarkCount = 0;
  #watermarkCallbacks: DownstreamWatermarkCallbacks | undefined = undefined;
  /** Those after the first, which only requests have whose attempts overlap. */
  #moreWatermarkCallbacks: readonly DownstreamWatermarkCallbacks[] = NO_CALLBACKS;
  #preparedLocalReply: PreparedLocalReply | undefined = undefined;
  #chainCreated = false;
  #filterDispatcher: Dispatcher | undefined = undefined;

  constructor(
    callbacks: FilterManagerCallbacks,
    options: FilterManagerOptions,
    stream: {
      readonly connection: Connection | undefined;
      readonly dispatcher: Dispatcher;
      readonly streamInfo: StreamInfo;
      readonly streamId: number;
      readonly bufferLimitBytes: number;
    },
  ) {
    this.callbacks = callbacks;
    this.connection = stream.connection;
    this.dispatcher = stream.dispatcher;
    this.streamInfo = stream.streamInfo;
    this.streamId = stream.streamId;
    this.bufferLimitBytes = stream.bufferLimitBytes;
    this.proxy100Continue = options.proxy100Continue;
    this.#localReply = options.localReply;
  }

  /** For the filters of this stream: what their callbacks throw is answered as a throw in their hooks. */
  get filterDispatcher(): Dispatcher {
    this.#filterDispatcher ??= new GuardedDispatcher(this.dispatcher, (error) => this.onFilterThrew(error));
    return this.#filterDispatcher;
  }

  get chainCreated(): boolean {
    return this.#chainCreated;
  }

  /** For streams that are answered without their filters. */
  skipFilterChainCreation(): void {
    this.#chainCreated = true;
  }

  /**
   * Makes the filters of this stream. A route may switch filters off, or on those that are off by default. A fault in
   * making one is answered as one in its hooks.
   */
  createFilterChain(chain: FilterChain): void {
    this.#chainCreated = true;
    try {
      this.#addFilters(chain);
    } catch (error) {
      this.onFilterThrew(error);
    }
  }

  #addFilters(chain: FilterChain): void {
    const route = this.callbacks.route();
    for (let i = 0; i < chain.length; i++) {
      const entry = chain[i] as FilterChainEntry;
      const disabled = route === undefined ? undefined : route.filterDisabled(entry.configName);
      if (disabled ?? entry.disabled) continue;
      this.#addFilter(entry.createFilter(), entry);
    }
  }

  #addFilter(handle: HttpFilter, entry: FilterChainEntry): void {
    const decoder = new DecoderFilter(this, handle, entry);
    if (this.#lastDecoder === undefined) this.firstDecoder = decoder;
    else this.#lastDecoder.next = decoder;
    this.#lastDecoder = decoder;
    if (handle.setDecoderFilterCallbacks !== undefined) handle.setDecoderFilterCallbacks(decoder);
    if (!seesResponses(handle)) return;
    const encoder = new EncoderFilter(this, handle, entry);
    encoder.next = this.firstEncoder;
    this.firstEncoder = encoder;
    if (handle.setEncoderFilterCallbacks !== undefined) handle.setEncoderFilterCallbacks(encoder);
  }

  onStreamComplete(): void {
    for (let filter = this.firstDecoder; filter !== undefined; filter = filter.next) {
      try {
        filter.handle.onStreamComplete?.();
      } catch (error) {
        this.callbacks.reportFilterFault(error);
      }
    }
  }

  destroyFilters(): void {
    this.destroyed = true;
    for (let filter = this.firstDecoder; filter !== undefined; filter = filter.next) {
      try {
        filter.handle.onDestroy?.();
      } catch (error) {
        this.callbacks.reportFilterFault(error);
      }
    }
    drop(this.bufferedRequestData);
    drop(this.bufferedResponseData);
  }

  onDownstreamReset(): void {
    this.sawDownstreamReset = true;
    this.localComplete = true;
  }

  maybeEndEncode(endStream: boolean): void {
    if (!endStream || this.remoteEncodeComplete) return;
    this.remoteEncodeComplete = true;
    this.callbacks.endStream();
  }

  resetStream(reason: StreamResetReason, details: string): void {
    this.#abortChains();
    this.callbacks.resetStream(reason, details);
  }

  /** Filters that are running go no further: the stream has been answered or reset from inside one of their hooks. */
  #abortChains(): void {
    if ((this.callState & DECODING_CALLS) !== 0) this.decoderChainAborted = true;
    else if ((this.callState & ENCODING_CALLS) !== 0) this.encoderChainAborted = true;
  }

  /** Answers the request ourselves: through the filters, past them, or by a reset, by how far the response has come. */
  sendLocalReply(reply: LocalReply): void {
    this.#abortChains();
    this.streamInfo.responseCodeDetails = reply.details;
    if (this.#filtersAskForReset(reply)) {
      this.callbacks.resetStream('LocalReset', '');
      return;
    }
    if (this.responseHeaders === undefined && this.informationalHeaders === undefined) {
      this.callbacks.route();
      // Of an early reply, too, the filters see the response.
      if (!this.#chainCreated) this.callbacks.createFilterChainForEarlyReply();
      if (this.#preparedLocalReply !== undefined) return;
      const prepared = this.#prepare(reply);
      // Within a hook of the request's way it waits until that has returned.
      if ((this.callState & DECODING_CALLS) !== 0) this.#preparedLocalReply = prepared;
      else this.#encodeLocalReply(prepared);
    } else if (!this.responseHeadersEncoded) {
      this.#encodeDirectly(this.#prepare(reply));
    } else {
      this.callbacks.resetStream('LocalReset', '');
    }
  }

  /** A fault in a filter is a 500, or a reset when the response has begun; the worker and its other streams go on. */
  onFilterThrew(error: unknown): void {
    this.callbacks.reportFilterFault(error);
    if (this.destroyed) return;
    this.sendLocalReply({ status: 500, body: 'Internal Server Error', details: 'filter_threw' });
  }

  executeLocalReplyIfPrepared(): void {
    const prepared = this.#preparedLocalReply;
    if (prepared === undefined) return;
    this.#preparedLocalReply = undefined;
    this.#encodeLocalReply(prepared);
  }

  #filtersAskForReset({ status, details, grpcStatus }: LocalReply): boolean {
    let resetImminent = false;
    for (let filter = this.firstDecoder; filter !== undefined; filter = filter.next) {
      const { handle } = filter;
      if (handle.onLocalReply === undefined) continue;
      try {
        const wish = handle.onLocalReply({ status, details, grpcStatus, resetImminent });
        if (wish === 'ContinueAndResetStream') resetImminent = true;
      } catch (error) {
        this.callbacks.reportFilterFault(error);
      }
    }
    return resetImminent;
  }

  #prepare(reply: LocalReply): PreparedLocalReply {
    const route = this.callbacks.route();
    return prepareLocalReply(
      reply,
      {
        requestHeaders: this.requestHeaders,
        streamInfo: this.streamInfo,
        routeEntry: route?.routeEntry,
        isGrpcRequest: this.isGrpcRequest,
        isHeadRequest: this.isHeadRequest,
      },
      this.#localReply,
    );
  }

  #encodeLocalReply({ headers, body }: PreparedLocalReply): void {
    this.responseHeaders = headers;
    encodeHeaders(this, undefined, headers, body === undefined);
    if (body !== undefined && !this.destroyed) encodeData(this, undefined, body, true);
  }

  /** The chain has begun another response: not to upset its filters, ours goes past them. */
  #encodeDirectly({ headers, body }: PreparedLocalReply): void {
    this.encoderFiltersStreaming = true;
    this.responseHeaders = headers;
    this.responseHeadersEncoded = true;
    this.localComplete = true;
    this.callbacks.encodeHeaders(headers, body === undefined);
    if (this.sawDownstreamReset) return;
    this.maybeEndEncode(body === undefined);
    if (body === undefined || this.destroyed) return;
    this.callbacks.encodeData(body, true);
    if (!this.sawDownstreamReset) this.maybeEndEncode(true);
  }

  recreateStream(originalResponseHeaders: ResponseHeaderMap | undefined): boolean {
    if (!this.remoteDecodeComplete) return false;
    this.streamInfo.responseCodeDetails = 'internal_redirect';
    if (originalResponseHeaders !== undefined) {
      this.responseHeaders = originalResponseHeaders;
      this.callbacks.chargeStats(originalResponseHeaders);
    }
    this.callbacks.recreateStream(originalResponseHeaders);
    return true;
  }

  addRequestTrailers(): HeaderMap {
    this.requestTrailers ??= new Trailers();
    return this.requestTrailers;
  }

  addResponseTrailers(): HeaderMap {
    this.responseTrailers ??= new Trailers();
    return this.responseTrailers;
  }

  createRequestBuffer(): Buffer {
    const buffer = new SliceBuffer();
    this.bufferedRequestData = buffer;
    this.#watchRequestBuffer(buffer);
    return buffer;
  }

  createResponseBuffer(): Buffer {
    const buffer = new SliceBuffer();
    this.bufferedResponseData = buffer;
    this.#watchResponseBuffer(buffer);
    return buffer;
  }

  setBufferLimitBytes(bytes: number): void {
    this.bufferLimitBytes = bytes;
    if (this.bufferedRequestData !== undefined) this.#watchRequestBuffer(this.bufferedRequestData);
    if (this.bufferedResponseData !== undefined) this.#watchResponseBuffer(this.bufferedResponseData);
  }

  #watchRequestBuffer(buffer: Buffer): void {
    buffer.setWatermarks(
      this.bufferLimitBytes,
      () => this.#requestDataTooLarge(),
      () => this.callbacks.onDecoderFilterBelowWriteBufferLowWatermark(),
    );
  }

  #watchResponseBuffer(buffer: Buffer): void {
    buffer.setWatermarks(
      this.bufferLimitBytes,
      () => this.#responseDataTooLarge(),
      () => this.callLowWatermarkCallbacks(),
    );
  }

  #requestDataTooLarge(): void {
    if (this.decoderFiltersStreaming) {
      this.callbacks.onDecoderFilterAboveWriteBufferHighWatermark();
      return;
    }
    // The end that came along with the data has not been looked at: the request counts as incomplete.
    if ((this.callState & (FilterCall.decodeHeaders | FilterCall.decodeTrailers)) === 0) {
      this.remoteDecodeComplete = false;
      this.streamInfo.downstreamTiming.lastDownstreamRxByteReceivedMs = undefined;
    }
    this.callbacks.onRequestDataTooLarge();
    this.sendLocalReply({ status: 413, body: 'Payload Too Large', details: 'request_payload_too_large' });
  }

  #responseDataTooLarge(): void {
    if (this.encoderFiltersStreaming) {
      this.callHighWatermarkCallbacks();
      return;
    }
    this.callbacks.onResponseDataTooLarge();
    this.sendLocalReply({ status: 500, body: 'Internal Server Error', details: 'response_payload_too_large' });
  }

  callHighWatermarkCallbacks(): void {
    this.#highWatermarkCount++;
    const more = this.#moreWatermarkCallbacks;
    this.#watermarkCallbacks?.onAboveWriteBufferHighWatermark();
    for (const callbacks of more) callbacks.onAboveWriteBufferHighWatermark();
  }

  callLowWatermarkCallbacks(): void {
    if (this.#highWatermarkCount === 0) return;
    this.#highWatermarkCount--;
    const more = this.#moreWatermarkCallbacks;
    this.#watermarkCallbacks?.onBelowWriteBufferLowWatermark();
    for (const callbacks of more) callbacks.onBelowWriteBufferLowWatermark();
  }

  get aboveHighWatermark(): boolean {
    return this.#highWatermarkCount > 0;
  }

  addDownstreamWatermarkCallbacks(callbacks: DownstreamWatermarkCallbacks): void {
    if (this.#watermarkCallbacks === undefined) this.#watermarkCallbacks = callbacks;
    else this.#moreWatermarkCallbacks = [...this.#moreWatermarkCallbacks, callbacks];
    for (let i = 0; i < this.#highWatermarkCount; i++) callbacks.onAboveWriteBufferHighWatermark();
  }

  removeDownstreamWatermarkCallbacks(callbacks: DownstreamWatermarkCallbacks): void {
    if (this.#watermarkCallbacks === callbacks) this.#watermarkCallbacks = undefined;
    else if (this.#moreWatermarkCallbacks !== NO_CALLBACKS) {
      this.#moreWatermarkCallbacks = this.#moreWatermarkCallbacks.filter((known) => known !== callbacks);
    }
  }
}

const NO_CALLBACKS: readonly DownstreamWatermarkCallbacks[] = [];

function seesResponses(handle: HttpFilter): boolean {
  return (
    handle.setEncoderFilterCallbacks !== undefined ||
    handle.encodeHeaders !== undefined ||
    handle.encodeData !== undefined ||
    handle.encodeTrailers !== undefined ||
    handle.encode1xxHeaders !== undefined ||
    handle.encodeComplete !== undefined
  );
}

/** Gives back what the buffer holds by reference. */
function drop(buffer: Buffer | undefined): void {
  if (buffer === undefined || buffer.length === 0) return;
  buffer.setWatermarks(0, ignore, ignore);
  buffer.drain(buffer.length);
}

function ignore(): void {}
