import type { Buffer } from '../../../../../sdk/buffer.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
} from '../../../../../sdk/http.ts';

export interface BufferSettings {
  readonly disabled: boolean;
  readonly maxRequestBytes: number;
}

export class BufferFilter implements HttpFilter {
  readonly #config: BufferSettings;
  #callbacks!: DecoderFilterCallbacks;
  /** Undefined when this request is not buffered. */
  #headers: RequestHeaderMap | undefined = undefined;
  #bytes = 0;
  #maxRequestBytes = 0;

  constructor(config: BufferSettings) {
    this.#config = config;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap, endStream: boolean): FilterHeadersStatus {
    if (endStream) return 'Continue';
    const settings = this.#callbacks.perRouteConfig<BufferSettings>() ?? this.#config;
    if (settings.disabled) return 'Continue';
    this.#maxRequestBytes = settings.maxRequestBytes;
    this.#callbacks.setDecoderBufferLimitBytes(settings.maxRequestBytes);
    this.#headers = headers;
    return 'StopIteration';
  }

  decodeData(data: Buffer, endStream: boolean): FilterDataStatus {
    this.#bytes += data.length;
    if (this.#headers === undefined) return 'Continue';
    // Above the limit the connection manager answers 413, also when it is the last part that goes above.
    if (!endStream || this.#bytes > this.#maxRequestBytes) return 'StopIterationAndBuffer';
    // Held, as if its end had not come along: a later filter's lower limit then means a body that is too large.
    if (data.length > 0) this.#callbacks.addDecodedData(data, false);
    this.#addContentLength(this.#headers);
    return 'Continue';
  }

  decodeTrailers(): FilterTrailersStatus {
    if (this.#headers !== undefined) this.#addContentLength(this.#headers);
    return 'Continue';
  }

  /** The length is known now, whatever the client said. */
  #addContentLength(headers: RequestHeaderMap): void {
    if (!headers.has('content-length')) headers.set('content-length', String(this.#bytes));
  }
}
