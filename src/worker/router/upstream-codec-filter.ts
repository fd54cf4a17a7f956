import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap, RequestHeaderMap } from '../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  DownstreamWatermarkCallbacks,
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
} from '../../../sdk/http.ts';

/** An attempt's stream on its connection, as the end of the filters uses it. */
export interface UpstreamStream {
  /** There is a connection. */
  readonly isConnected: boolean;
  /** Goes on, unless a tunnel's payload must wait for its answer, or the headers were refused and answered. */
  sendHeaders(endStream: boolean): 'sent' | 'paused' | 'refused';
  sendData(data: Buffer, endStream: boolean): void;
  sendTrailers(trailers: HeaderMap): void;
  /** What waits for the response's way through the filters is too much, or not any more. */
  pauseReadingForFilters(pause: boolean): void;
}

/** The end of an attempt's filters (Envoy's UpstreamCodecFilter): holds the request until there is a connection. */
export class UpstreamCodecFilter implements HttpFilter, DownstreamWatermarkCallbacks {
  /** Responses come in here. */
  callbacks!: DecoderFilterCallbacks;
  readonly #stream: UpstreamStream;
  /** Whether the headers that wait for the connection end the request; undefined = none wait. */
  #latchedEndStream: boolean | undefined = undefined;

  constructor(stream: UpstreamStream) {
    this.#stream = stream;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.callbacks = callbacks;
    callbacks.addDownstreamWatermarkCallbacks(this);
  }

  decodeHeaders(_headers: RequestHeaderMap, endStream: boolean): FilterHeadersStatus {
    if (!this.#stream.isConnected) {
      this.#latchedEndStream = endStream;
      return 'StopAllIterationAndWatermark';
    }
    switch (this.#stream.sendHeaders(endStream)) {
      case 'sent':
        return 'Continue';
      case 'paused':
        return 'StopAllIterationAndWatermark';
      case 'refused':
        return 'StopIteration';
    }
  }

  decodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    this.#stream.sendData(data, endStream);
    return 'Continue';
  }

  decodeTrailers(trailers: HeaderMap): FilterTrailersStatus {
    this.#stream.sendTrailers(trailers);
    return 'Continue';
  }

  onConnected(): void {
    const endStream = this.#latchedEndStream;
    if (endStream === undefined) return;
    this.#latchedEndStream = undefined;
    if (this.#stream.sendHeaders(endStream) === 'sent') this.callbacks.continueDecoding();
  }

  /** The tunnel has been accepted. */
  resume(): void {
    this.callbacks.continueDecoding();
  }

  // DownstreamWatermarkCallbacks: of the filters' buffers

  onAboveWriteBufferHighWatermark(): void {
    this.#stream.pauseReadingForFilters(true);
  }

  onBelowWriteBufferLowWatermark(): void {
    this.#stream.pauseReadingForFilters(false);
  }
}
