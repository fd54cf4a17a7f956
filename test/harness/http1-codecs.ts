/** HTTP/1 codecs with everything around them recorded, for tests without a proxy. */
import type { Buffer } from '../../sdk/buffer.ts';
import type {
  CodecError,
  RequestDecoder,
  RequestEncoder,
  ResponseDecoder,
  ResponseEncoder,
  StreamResetReason,
} from '../../sdk/codec.ts';
import type { HeaderMap, RequestHeaderMap } from '../../sdk/headers.ts';
import type { Counter } from '../../sdk/stats.ts';
import {
  defaultClientOptions,
  defaultServerOptions,
  Http1ClientCodec,
  type Http1ClientOptions,
  type Http1CodecStats,
  Http1ServerCodec,
  type Http1ServerOptions,
  makeClientShared,
  makeServerShared,
} from '../../src/codec/http1/index.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { RequestHeaders, ResponseHeaders, Trailers } from '../../src/common/headers/header-map.ts';

class PlainCounter implements Counter {
  readonly name: string;
  value = 0;

  constructor(name: string) {
    this.name = name;
  }

  inc(): void {
    this.value++;
  }

  add(by: number): void {
    this.value += by;
  }
}

export function makeStats(): Http1CodecStats {
  return {
    droppedHeadersWithUnderscores: new PlainCounter('http1.dropped_headers_with_underscores'),
    metadataNotSupportedError: new PlainCounter('http1.metadata_not_supported_error'),
    requestsRejectedWithUnderscoresInHeaders: new PlainCounter('http1.requests_rejected_with_underscores_in_headers'),
    responseFlood: new PlainCounter('http1.response_flood'),
  };
}

export function bufferOf(text: string): SliceBuffer {
  const buffer = new SliceBuffer();
  buffer.add(text);
  return buffer;
}

/** Takes a buffer's content as text. */
export function takeText(buffer: Buffer): string {
  const text = buffer.toString();
  buffer.drain(buffer.length);
  return text;
}

export function linesOf(headers: HeaderMap): string {
  return [...headers.entries()].map(([name, value]) => `${name}: ${value}`).join('\n');
}

/** What a decoder was told of one message; body pieces are joined. */
export interface Told {
  readonly interim: string[];
  headers: string | undefined;
  body: string;
  trailers: string | undefined;
  ended: boolean;
  localReply: string | undefined;
  reset: string | undefined;
}

function nothingTold(): Told {
  return {
    interim: [],
    headers: undefined,
    body: '',
    trailers: undefined,
    ended: false,
    localReply: undefined,
    reset: undefined,
  };
}

class Recorder {
  readonly told: Told = nothingTold();
  onEnd: () => void = () => {};

  decodeData(data: Buffer, endStream: boolean): void {
    this.told.body += takeText(data);
    if (endStream) this.end();
  }

  decodeTrailers(trailers: HeaderMap): void {
    this.told.trailers = linesOf(trailers);
    this.end();
  }

  protected end(): void {
    this.told.ended = true;
    this.onEnd();
  }
}

export class RequestRecorder extends Recorder implements RequestDecoder {
  readonly encoder: ResponseEncoder;
  headers: RequestHeaderMap | undefined = undefined;

  constructor(encoder: ResponseEncoder) {
    super();
    this.encoder = encoder;
    const { told } = this;
    encoder.stream.addCallbacks({
      onResetStream(reason: StreamResetReason) {
        told.reset = reason;
      },
      onAboveWriteBufferHighWatermark() {},
      onBelowWriteBufferLowWatermark() {},
    });
  }

  decodeHeaders(headers: RequestHeaderMap, endStream: boolean): void {
    this.headers = headers;
    this.told.headers = linesOf(headers);
    if (endStream) this.end();
  }

  sendLocalReply(status: number, body: string, details: string): void {
    this.told.localReply = `${status} ${body} ${details}`;
  }
}

export class ResponseRecorder extends Recorder implements ResponseDecoder {
  /** Done by the test when the head comes. */
  onHeaders: () => void = () => {};

  decode1xxHeaders(headers: HeaderMap): void {
    this.told.interim.push(linesOf(headers));
  }

  decodeHeaders(headers: HeaderMap, endStream: boolean): void {
    this.told.headers = linesOf(headers);
    if (endStream) this.end();
    this.onHeaders();
  }
}

/** A server codec and the requests that it found. */
export class ServerSide {
  readonly stats = makeStats();
  readonly requests: RequestRecorder[] = [];
  readonly codec: Http1ServerCodec;
  readonly received = new SliceBuffer();
  readDisabled = 0;
  error: CodecError | undefined = undefined;
  /** Answers each request at its end; undefined = leave it to the test. */
  answer: ((request: RequestRecorder) => void) | undefined = undefined;

  constructor(options: Partial<Http1ServerOptions> = {}, isSecure = false) {
    const shared = makeServerShared({ ...defaultServerOptions, ...options }, this.stats);
    const newStream = (encoder: ResponseEncoder) => {
      const request = new RequestRecorder(encoder);
      request.onEnd = () => this.answer?.(request);
      this.requests.push(request);
      return request;
    };
    this.codec = new Http1ServerCodec(
      shared,
      { newStream, onGoAway() {} },
      {
        readDisable: (disable) => {
          this.readDisabled += disable ? 1 : -1;
        },
        isSecure,
      },
    );
  }

  /** Feeds text in pieces of the given length and dispatches again what waited for a response, as its owner does. */
  feed(text: string, pieceLength = text.length): void {
    for (let at = 0; at < text.length; at += pieceLength) {
      this.received.add(text.slice(at, at + pieceLength));
      this.dispatch();
    }
  }

  dispatch(): void {
    let left: number;
    do {
      left = this.received.length;
      const error = this.codec.dispatch(this.received);
      this.error ??= error;
    } while (this.received.length > 0 && this.received.length < left);
  }

  get last(): RequestRecorder {
    return this.requests.at(-1) as RequestRecorder;
  }

  get told(): Told[] {
    return this.requests.map((request) => request.told);
  }
}

/** A client codec and the response that it awaits. */
export class ClientSide {
  readonly stats = makeStats();
  readonly codec: Http1ClientCodec;
  readonly received = new SliceBuffer();
  readDisabled = 0;
  error: CodecError | undefined = undefined;
  response = new ResponseRecorder();

  constructor(options: Partial<Http1ClientOptions> = {}) {
    const shared = makeClientShared({ ...defaultClientOptions, ...options }, this.stats);
    this.codec = new Http1ClientCodec(shared, {
      readDisable: (disable) => {
        this.readDisabled += disable ? 1 : -1;
      },
    });
  }

  start(): RequestEncoder {
    this.response = new ResponseRecorder();
    return this.codec.newStream(this.response);
  }

  /** Sends a request without a body; its bytes are dropped. */
  request(method = 'GET', extra: readonly (readonly [string, string])[] = []): RequestEncoder {
    const encoder = this.start();
    encoder.encodeHeaders(requestOf(method, '/', extra), true);
    takeText(this.codec.output);
    return encoder;
  }

  feed(text: string, pieceLength = text.length): void {
    for (let at = 0; at < text.length; at += pieceLength) {
      this.received.add(text.slice(at, at + pieceLength));
      this.error ??= this.codec.dispatch(this.received);
    }
  }

  close(): void {
    this.error ??= this.codec.onPeerClosed();
  }

  get told(): Told {
    return this.response.told;
  }
}

type Extra = readonly (readonly [string, string])[];

export function requestOf(method: string, path: string, extra: Extra = []): RequestHeaders {
  return RequestHeaders.of([[':authority', 'host.test'], [':path', path], [':method', method], ...extra]);
}

export function responseOf(status: number, extra: Extra = []): ResponseHeaders {
  return ResponseHeaders.of([[':status', String(status)], ...extra]);
}

export function trailersOf(extra: Extra): Trailers {
  return Trailers.of(extra);
}
