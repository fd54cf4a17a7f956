import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import type {
  EncoderFilterCallbacks,
  FilterTrailersStatus,
  HttpFilter,
  HttpFilterChainEntry,
} from '../../../sdk/http.ts';
import { ActiveFilter } from './active-filter.ts';
import { encode1xxHeaders, encodeData, encodeHeaders, encodeTrailers } from './encode-iteration.ts';
import { FilterCall } from './filter-chain.ts';
import type { FilterManager } from './filter-manager.ts';

/** A filter on the response's way, and the callbacks that it holds. `next` is the one nearer to the client. */
export class EncoderFilter extends ActiveFilter implements EncoderFilterCallbacks {
  next: EncoderFilter | undefined = undefined;
  #continued1xx = false;

  // Not left to the default, which V8 looks up anew for each object.
  constructor(manager: FilterManager, handle: HttpFilter, entry: HttpFilterChainEntry) {
    super(manager, handle, entry);
  }

  protected canContinue(): boolean {
    return !this.manager.remoteEncodeComplete;
  }

  protected get bufferedData(): Buffer | undefined {
    return this.manager.bufferedResponseData;
  }

  protected createBufferedData(): Buffer {
    return this.manager.createResponseBuffer();
  }

  protected get complete(): boolean {
    return this.manager.localComplete;
  }

  protected get hasTrailers(): boolean {
    return this.manager.responseTrailers !== undefined;
  }

  protected set streaming(streaming: boolean) {
    this.manager.encoderFiltersStreaming = streaming;
  }

  protected continueInformational(): boolean {
    const { manager } = this;
    if (!manager.has1xxHeaders || this.#continued1xx) return true;
    this.#continued1xx = true;
    if (manager.informationalHeaders !== undefined) encode1xxHeaders(manager, this, manager.informationalHeaders);
    return manager.responseHeaders !== undefined;
  }

  after1xxHeaders(status: FilterTrailersStatus): boolean {
    if (status === 'StopIteration') {
      this.iterationState = 'StopSingleIteration';
      return false;
    }
    this.#continued1xx = true;
    return true;
  }

  protected doHeaders(endStream: boolean): void {
    const { responseHeaders } = this.manager;
    if (responseHeaders !== undefined) encodeHeaders(this.manager, this, responseHeaders, endStream);
  }

  protected doData(endStream: boolean): void {
    const { bufferedResponseData } = this.manager;
    if (bufferedResponseData !== undefined) encodeData(this.manager, this, bufferedResponseData, endStream);
  }

  protected doTrailers(): void {
    const { responseTrailers } = this.manager;
    if (responseTrailers !== undefined) encodeTrailers(this.manager, this, responseTrailers);
  }

  continueEncoding(): void {
    this.commonContinue();
  }

  get encodingBuffer(): Buffer | undefined {
    return this.manager.bufferedResponseData;
  }

  modifyEncodingBuffer(modify: (buffer: Buffer) => void): void {
    if (this.manager.bufferedResponseData !== undefined) modify(this.manager.bufferedResponseData);
  }

  addEncodedData(data: Buffer, streaming: boolean): void {
    const { manager } = this;
    const { callState } = manager;
    const holds = FilterCall.encodeHeaders | FilterCall.encodeData;
    const inTrailers = (callState & FilterCall.encodeTrailers) !== 0;
    if (callState === 0 || (callState & holds) !== 0 || (inTrailers && !this.canIterate)) {
      manager.encoderFiltersStreaming = streaming;
      this.bufferData(data);
    } else if (inTrailers) {
      encodeData(manager, this, data, false, true);
    } else {
      manager.callbacks.sendLocalReplyWith({
        status: 502,
        body: 'Filter error',
        details: 'filter_added_invalid_response_data',
      });
    }
  }

  injectEncodedDataToFilterChain(data: Buffer, endStream: boolean): void {
    if (!this.headersContinued) {
      this.headersContinued = true;
      this.doHeaders(false);
    }
    encodeData(this.manager, this, data, endStream);
  }

  addEncodedTrailers(): HeaderMap {
    return this.manager.addResponseTrailers();
  }

  onEncoderFilterAboveWriteBufferHighWatermark(): void {
    this.manager.callHighWatermarkCallbacks();
  }

  onEncoderFilterBelowWriteBufferLowWatermark(): void {
    this.manager.callLowWatermarkCallbacks();
  }

  get encoderBufferLimitBytes(): number {
    return this.manager.bufferLimitBytes;
  }

  setEncoderBufferLimitBytes(bytes: number): void {
    this.manager.setBufferLimitBytes(bytes);
  }
}
