import type { Buffer } from '../../../sdk/buffer.ts';
import type { StreamResetReason } from '../../../sdk/codec.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type {
  DownstreamWatermarkCallbacks,
  HttpFilter,
  HttpFilterChain,
  HttpFilterChainEntry,
} from '../../../sdk/http.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { Trailers } from '../../common/headers/header-map.ts';
import { GuardedDispatcher } from '../../event/guarded-dispatcher.ts';
import { DecoderFilter } from './decoder-filter.ts';
import { EncoderFilter } from './encoder-filter.ts';
import { DECODING_CALLS, ENCODING_CALLS, type FilterManagerCallbacks } from './filter-chain.ts';

/**
 * The filters of one stream, in both directions, and the state of their iteration (Envoy's FilterManager). Its public
 * fields are for the iteration in decode-iteration.ts and encode-iteration.ts and for the filters' places in the chain.
 */
export class FilterManager {
  readonly callbacks: FilterManagerCallbacks;
  readonly streamInfo: StreamInfo;

  requestHeaders: RequestHeaderMap | undefined = undefined;
  requestTrailers: HeaderMap | undefined = undefined;
  informationalHeaders: ResponseHeaderMap | undefined = undefined;
  responseHeaders: ResponseHeaderMap | undefined = undefined;
  responseTrailers: HeaderMap | undefined = undefined;
  bufferedRequestData: Buffer | undefined = undefined;
  bufferedResponseData: Buffer | undefined = undefined;
  /** 0 = no limit. */
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
  /** There are filters, or it has been decided that there are none. */
  chainCreated = false;
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
  #filterDispatcher: Dispatcher | undefined = undefined;

  constructor(callbacks: FilterManagerCallbacks, streamInfo: StreamInfo, bufferLimitBytes: number) {
    this.callbacks = callbacks;
    this.streamInfo = streamInfo;
    this.bufferLimitBytes = bufferLimitBytes;
  }

  /** For the filters of this stream: what their callbacks throw is answered as a throw in their hooks. */
  get filterDispatcher(): Dispatcher {
    this.#filterDispatcher ??= new GuardedDispatcher(this.callbacks.dispatcher, (error) => this.onFilterThrew(error));
    return this.#filterDispatcher;
  }

  /**
   * Makes the filters of this stream. A route may switch filters off, or on those that are off by default. A fault in
   * making one is answered as one in its hooks.
   */
  createFilterChain(chain: HttpFilterChain): void {
    this.chainCreated = true;
    try {
      this.#addFilters(chain);
    } catch (error) {
      this.onFilterThrew(error);
    }
  }

  #addFilters(chain: HttpFilterChain): void {
    const route = this.callbacks.route();
    for (let i = 0; i < chain.length; i++) {
      const entry = chain[i] as HttpFilterChainEntry;
      const disabled = route === undefined ? undefined : route.filterDisabled(entry.configName);
      if (disabled ?? entry.disabled) continue;
      this.addFilter(entry.createFilter(), entry);
    }
  }

  addFilter(handle: HttpFilter, entry: HttpFilterChainEntry): void {
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
    this.abortChains();
    this.callbacks.resetStream(reason, details);
  }

  /** Filters that are running go no further: the stream has been answered or reset from inside one of their hooks. */
  abortChains(): void {
    if ((this.callState & DECODING_CALLS) !== 0) this.decoderChainAborted = true;
    else if ((this.callState & ENCODING_CALLS) !== 0) this.encoderChainAborted = true;
  }

  /** A fault in a filter is a 500, or a reset when the response has begun; the worker and its other streams go on. */
  onFilterThrew(error: unknown): void {
    this.callbacks.reportFilterFault(error);
    if (this.destroyed) return;
    this.callbacks.sendLocalReplyWith({ status: 500, body: 'Internal Server Error', details: 'filter_threw' });
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
    this.callbacks.onRequestDataTooLarge();
    const details = 'request_payload_too_large';
    this.callbacks.sendLocalReplyWith({ status: 413, body: 'Payload Too Large', details, requestIncomplete: true });
  }

  #responseDataTooLarge(): void {
    if (this.encoderFiltersStreaming) {
      this.callHighWatermarkCallbacks();
      return;
    }
    this.callbacks.onResponseDataTooLarge();
    this.callbacks.sendLocalReplyWith({
      status: 500,
      body: 'Internal Server Error',
      details: 'response_payload_too_large',
    });
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
