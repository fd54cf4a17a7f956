import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  DownstreamWatermarkCallbacks,
  HttpFilter,
  HttpFilterChainEntry,
} from '../../../sdk/http.ts';
import { ActiveFilter } from './active-filter.ts';
import { decodeData, decodeHeaders, decodeTrailers } from './decode-iteration.ts';
import { encode1xxHeaders, encodeData, encodeHeaders, encodeTrailers } from './encode-iteration.ts';
import { FilterCall } from './filter-chain.ts';
import type { FilterManager } from './filter-manager.ts';

/** A filter on the request's way, and the callbacks that it holds. */
export class DecoderFilter extends ActiveFilter implements DecoderFilterCallbacks {
  next: DecoderFilter | undefined = undefined;

  // Not left to the default, which V8 looks up anew for each object.
  constructor(manager: FilterManager, handle: HttpFilter, entry: HttpFilterChainEntry) {
    super(manager, handle, entry);
  }

  protected canContinue(): boolean {
    return !this.manager.localComplete;
  }

  protected get bufferedData(): Buffer | undefined {
    return this.manager.bufferedRequestData;
  }

  protected createBufferedData(): Buffer {
    return this.manager.createRequestBuffer();
  }

  protected get complete(): boolean {
    return this.manager.remoteDecodeComplete;
  }

  protected get hasTrailers(): boolean {
    return this.manager.requestTrailers !== undefined;
  }

  protected set streaming(streaming: boolean) {
    this.manager.decoderFiltersStreaming = streaming;
  }

  protected continueInformational(): boolean {
    return true;
  }

  protected doHeaders(endStream: boolean): void {
    const { requestHeaders } = this.manager;
    if (requestHeaders !== undefined) decodeHeaders(this.manager, this, requestHeaders, endStream);
  }

  protected doData(endStream: boolean): void {
    const { bufferedRequestData } = this.manager;
    if (bufferedRequestData !== undefined) decodeData(this.manager, this, bufferedRequestData, endStream);
  }

  protected doTrailers(): void {
    const { requestTrailers } = this.manager;
    if (requestTrailers !== undefined) decodeTrailers(this.manager, this, requestTrailers);
  }

  continueDecoding(): void {
    this.commonContinue();
  }

  get decodingBuffer(): Buffer | undefined {
    return this.manager.bufferedRequestData;
  }

  modifyDecodingBuffer(modify: (buffer: Buffer) => void): void {
    if (this.manager.bufferedRequestData !== undefined) modify(this.manager.bufferedRequestData);
  }

  addDecodedData(data: Buffer, streaming: boolean): void {
    const { manager } = this;
    const { callState } = manager;
    const holds = FilterCall.decodeHeaders | FilterCall.decodeData;
    const inTrailers = (callState & FilterCall.decodeTrailers) !== 0;
    if (callState === 0 || (callState & holds) !== 0 || (inTrailers && !this.canIterate)) {
      manager.decoderFiltersStreaming = streaming;
      this.bufferData(data);
    } else if (inTrailers) {
      decodeData(manager, this, data, false, true);
    } else {
      manager.callbacks.sendLocalReplyWith({
        status: 502,
        body: 'Filter error',
        details: 'filter_added_invalid_request_data',
      });
    }
  }

  injectDecodedDataToFilterChain(data: Buffer, endStream: boolean): void {
    if (!this.headersContinued) {
      this.headersContinued = true;
      this.doHeaders(false);
    }
    decodeData(this.manager, this, data, endStream);
  }

  addDecodedTrailers(): HeaderMap {
    return this.manager.addRequestTrailers();
  }

  encode1xxHeaders(headers: ResponseHeaderMap): void {
    const { manager } = this;
    // We answered `Expect: 100-continue` ourselves then: the upstream's would be the second.
    if (!manager.callbacks.proxy100Continue) return;
    manager.informationalHeaders = headers;
    encode1xxHeaders(manager, undefined, headers);
  }

  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean, details: string): void {
    const { manager } = this;
    manager.streamInfo.responseCodeDetails = details;
    manager.responseHeaders = headers;
    encodeHeaders(manager, undefined, headers, endStream);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    encodeData(this.manager, undefined, data, endStream);
  }

  encodeTrailers(trailers: HeaderMap): void {
    this.manager.responseTrailers = trailers;
    encodeTrailers(this.manager, undefined, trailers);
  }

  onDecoderFilterAboveWriteBufferHighWatermark(): void {
    this.manager.callbacks.onDecoderFilterAboveWriteBufferHighWatermark();
  }

  onDecoderFilterBelowWriteBufferLowWatermark(): void {
    this.manager.callbacks.onDecoderFilterBelowWriteBufferLowWatermark();
  }

  addDownstreamWatermarkCallbacks(callbacks: DownstreamWatermarkCallbacks): void {
    this.manager.addDownstreamWatermarkCallbacks(callbacks);
  }

  removeDownstreamWatermarkCallbacks(callbacks: DownstreamWatermarkCallbacks): void {
    this.manager.removeDownstreamWatermarkCallbacks(callbacks);
  }

  get decoderBufferLimitBytes(): number {
    return this.manager.bufferLimitBytes;
  }

  setDecoderBufferLimitBytes(bytes: number): void {
    this.manager.setBufferLimitBytes(bytes);
  }

  recreateStream(originalResponseHeaders: ResponseHeaderMap | undefined): boolean {
    return this.manager.callbacks.recreateStream(originalResponseHeaders);
  }
}
