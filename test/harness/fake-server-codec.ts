import type { Buffer } from '../../sdk/buffer.ts';
import type {
  CodecError,
  Protocol,
  RequestDecoder,
  ResponseEncoder,
  ServerCodec,
  ServerCodecCallbacks,
  Stream,
  StreamCallbacks,
  StreamResetReason,
} from '../../sdk/codec.ts';
import type { HeaderMap, ResponseHeaderMap } from '../../sdk/headers.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';

/** A codec without a wire format: `dispatch` runs the test's script, and what is encoded is kept for reading. */
export class FakeServerCodec implements ServerCodec {
  protocol: Protocol = 'HTTP/1.1';
  readonly output = new SliceBuffer();
  readonly callbacks: ServerCodecCallbacks;
  /** Runs in the next `dispatch`. */
  script: (() => void) | undefined = undefined;
  /** What `dispatch` answers. */
  fault: CodecError | undefined = undefined;
  streams: FakeStream[] = [];
  goneAway = false;
  noticed = false;

  constructor(callbacks: ServerCodecCallbacks) {
    this.callbacks = callbacks;
  }

  get last(): FakeStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error('no stream yet');
    return stream;
  }

  newStream(): FakeStream {
    const stream = new FakeStream(this);
    this.streams.push(stream);
    stream.decoder = this.callbacks.newStream(stream);
    return stream;
  }

  dispatch(data: Buffer): CodecError | undefined {
    data.drain(data.length);
    const { script } = this;
    this.script = undefined;
    script?.();
    return this.fault;
  }

  onPeerClosed(): undefined {}

  goAway(): void {
    this.goneAway = true;
  }

  shutdownNotice(): void {
    this.noticed = true;
  }

  wantsToWrite(): boolean {
    return this.output.length > 0;
  }

  onUnderlyingConnectionAboveWriteBufferHighWatermark(): void {
    for (const { callbacks } of this.streams) for (const each of callbacks) each.onAboveWriteBufferHighWatermark();
  }

  onUnderlyingConnectionBelowWriteBufferLowWatermark(): void {
    for (const { callbacks } of this.streams) for (const each of callbacks) each.onBelowWriteBufferLowWatermark();
  }
}

/** One exchange: the test holds `decoder` and reads `events`. */
export class FakeStream implements ResponseEncoder, Stream {
  readonly codec: FakeServerCodec;
  decoder!: RequestDecoder;
  readonly callbacks = new Set<StreamCallbacks>();
  readonly streamErrorOnInvalidHttpMessage = false;
  bufferLimitBytes = 64;
  responseDetails = '';
  readDisables = 0;
  headers: ResponseHeaderMap | undefined = undefined;
  informational: ResponseHeaderMap | undefined = undefined;
  trailers: HeaderMap | undefined = undefined;
  body = '';
  ended = false;
  reset: StreamResetReason | undefined = undefined;

  constructor(codec: FakeServerCodec) {
    this.codec = codec;
  }

  get stream(): Stream {
    return this;
  }

  encode1xxHeaders(headers: ResponseHeaderMap): void {
    this.informational = headers;
    this.codec.output.add(`${headers.status}|`);
  }

  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    this.headers = headers;
    this.ended = endStream;
    this.codec.output.add(`${headers.status}|`);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    this.body += data.toString('utf8');
    this.ended = endStream;
    this.codec.output.move(data);
  }

  encodeTrailers(trailers: HeaderMap): void {
    this.trailers = trailers;
    this.ended = true;
  }

  addCallbacks(callbacks: StreamCallbacks): void {
    this.callbacks.add(callbacks);
  }

  removeCallbacks(callbacks: StreamCallbacks): void {
    this.callbacks.delete(callbacks);
  }

  resetStream(reason: StreamResetReason): void {
    this.reset = reason;
    for (const each of [...this.callbacks]) each.onResetStream(reason, '');
  }

  readDisable(disable: boolean): void {
    this.readDisables += disable ? 1 : -1;
  }

  /** Headers of the response as `name: value` lines. */
  get lines(): string[] {
    return [...(this.headers?.entries() ?? [])].map(([name, value]) => `${name}: ${value}`);
  }
}
