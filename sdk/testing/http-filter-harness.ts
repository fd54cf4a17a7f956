import type { Buffer } from '../buffer.ts';
import type { StreamResetReason } from '../codec.ts';
import type { HeaderMap, RequestHeaderMap, ResponseHeaderMap } from '../headers.ts';
import type { DecoderFilterCallbacks, EncoderFilterCallbacks, HttpFilter, LocalReply } from '../http.ts';
import type { Route } from '../router.ts';
import { Direction } from './direction.ts';
import { fakeStreamCallbacks } from './stream-callbacks.ts';
import { TestBuffer } from './test-buffer.ts';
import { TestHeaders } from './test-headers.ts';

export interface HarnessOptions {
  /** What `perRouteConfig()` answers. */
  readonly perRoute?: unknown;
  readonly route?: Route;
  readonly bufferLimitBytes?: number;
}

/**
 * One stream through one filter, with the iteration semantics of the proxy: what the filter holds back is held, what it
 * lets go is seen in `request` and `response`.
 */
export class HttpFilterHarness {
  readonly filter: HttpFilter;
  /** What has passed the filter on its way to the upstream, and to the client. */
  readonly request: Direction;
  readonly response: Direction;
  localReply: LocalReply | undefined = undefined;
  resetReason: StreamResetReason | undefined = undefined;
  destroyed = false;

  constructor(filter: HttpFilter, options: HarnessOptions = {}) {
    const limit = options.bufferLimitBytes ?? 1_048_576;
    this.filter = filter;
    this.request = new Direction(limit, () => this.#refuse(413, 'request_payload_too_large'), {
      headers: (headers, end) => filter.decodeHeaders?.(headers as RequestHeaderMap, end) ?? 'Continue',
      data: (data, end) => filter.decodeData?.(data, end) ?? 'Continue',
      trailers: (trailers) => filter.decodeTrailers?.(trailers) ?? 'Continue',
      complete: () => filter.decodeComplete?.(),
    });
    this.response = new Direction(limit, () => this.#refuse(500, 'response_payload_too_large'), {
      headers: (headers, end) => filter.encodeHeaders?.(headers as ResponseHeaderMap, end) ?? 'Continue',
      data: (data, end) => filter.encodeData?.(data, end) ?? 'Continue',
      trailers: (trailers) => filter.encodeTrailers?.(trailers) ?? 'Continue',
      complete: () => filter.encodeComplete?.(),
    });
    const shared = fakeStreamCallbacks(this, options);
    filter.setDecoderFilterCallbacks?.(
      Object.assign(Object.create(shared), this.#decoderCallbacks(limit)) as DecoderFilterCallbacks,
    );
    filter.setEncoderFilterCallbacks?.(
      Object.assign(Object.create(shared), this.#encoderCallbacks(limit)) as EncoderFilterCallbacks,
    );
  }

  decodeHeaders(headers: TestHeaders, endStream = true): void {
    if (this.isOver) return;
    this.request.onHeaders(headers, endStream);
  }

  decodeData(text: string, endStream: boolean): void {
    if (this.isOver) return;
    this.request.onData(new TestBuffer(text), endStream);
  }

  decodeTrailers(trailers: HeaderMap = new TestHeaders()): void {
    if (this.isOver) return;
    this.request.onTrailers(trailers);
  }

  encodeHeaders(headers: TestHeaders, endStream = true): void {
    if (this.resetReason === undefined && !this.destroyed) this.response.onHeaders(headers, endStream);
  }

  encodeData(text: string, endStream: boolean): void {
    if (this.resetReason === undefined && !this.destroyed) this.response.onData(new TestBuffer(text), endStream);
  }

  encodeTrailers(trailers: HeaderMap = new TestHeaders()): void {
    if (this.resetReason === undefined && !this.destroyed) this.response.onTrailers(trailers);
  }

  /** The end of the stream, whole or not. */
  destroy(): void {
    if (this.destroyed) return;
    this.destroyed = true;
    this.filter.onStreamComplete?.();
    this.filter.onDestroy?.();
  }

  /** Answered, reset or destroyed: the request goes no further. */
  get isOver(): boolean {
    return this.destroyed || this.resetReason !== undefined || this.localReply !== undefined;
  }

  sendLocalReply(reply: LocalReply): void {
    if (this.localReply !== undefined) throw new Error('a stream takes one local reply');
    this.localReply = reply;
    this.request.abort();
    const { status, details, grpcStatus } = reply;
    const wish = this.filter.onLocalReply?.({ status, details, grpcStatus, resetImminent: false });
    if (wish === 'ContinueAndResetStream' || this.response.hasHeaders) this.resetStream('LocalReset');
    else this.response.onLocalReply(reply);
  }

  resetStream(reason: StreamResetReason): void {
    this.resetReason = reason;
    this.request.abort();
    this.response.abort();
  }

  #refuse(status: number, details: string): void {
    if (!this.isOver) this.sendLocalReply({ status, details });
  }

  #decoderCallbacks(limit: number) {
    const { request } = this;
    const notOfOne = () => {
      throw new Error('only a terminal filter answers so; test it with sendLocalReply or in the proxy');
    };
    return {
      continueDecoding: () => request.resume(),
      modifyDecodingBuffer: (modify: (buffer: Buffer) => void) => modify(request.buffered ?? new TestBuffer()),
      addDecodedData: (data: Buffer) => request.addData(data),
      injectDecodedDataToFilterChain: (data: Buffer, endStream: boolean) => request.inject(data, endStream),
      addDecodedTrailers: () => request.addTrailers(),
      encode1xxHeaders: notOfOne,
      encodeHeaders: notOfOne,
      encodeData: notOfOne,
      encodeTrailers: notOfOne,
      recreateStream: () => false,
      onDecoderFilterAboveWriteBufferHighWatermark() {},
      onDecoderFilterBelowWriteBufferLowWatermark() {},
      addDownstreamWatermarkCallbacks() {},
      removeDownstreamWatermarkCallbacks() {},
      decoderBufferLimitBytes: limit,
      setDecoderBufferLimitBytes: (bytes: number) => request.setLimit(bytes),
    };
  }

  #encoderCallbacks(limit: number) {
    const { response } = this;
    return {
      continueEncoding: () => response.resume(),
      modifyEncodingBuffer: (modify: (buffer: Buffer) => void) => modify(response.buffered ?? new TestBuffer()),
      addEncodedData: (data: Buffer) => response.addData(data),
      injectEncodedDataToFilterChain: (data: Buffer, endStream: boolean) => response.inject(data, endStream),
      addEncodedTrailers: () => response.addTrailers(),
      onEncoderFilterAboveWriteBufferHighWatermark() {},
      onEncoderFilterBelowWriteBufferLowWatermark() {},
      encoderBufferLimitBytes: limit,
      setEncoderBufferLimitBytes: (bytes: number) => response.setLimit(bytes),
    };
  }
}
