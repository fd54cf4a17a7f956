/**
 * A client codec of one line a message, for tests of what drives codecs. Requests are written as `path\n`, a body as
 * `+text\n`; a response is `200[ header=value …][ more]\n`, its body `+text\n`, its end `.\n` when it said `more`.
 */
import type { Buffer } from '../../sdk/buffer.ts';
import type {
  ClientCodec,
  CodecError,
  Protocol,
  RequestEncoder,
  ResponseDecoder,
  Stream,
  StreamCallbacks,
  StreamResetReason,
} from '../../sdk/codec.ts';
import type { ResponseHeaderMap } from '../../sdk/headers.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';

export class FakeHttp1Codec implements ClientCodec {
  readonly protocol: Protocol = 'HTTP/1.1';
  readonly output: Buffer = new SliceBuffer();
  #decoder: ResponseDecoder | undefined;
  #text = '';
  #untilClose = false;

  newStream(decoder: ResponseDecoder): RequestEncoder {
    this.#decoder = decoder;
    const stream = new FakeStream();
    return {
      stream,
      encodeHeaders: (headers, endStream) => {
        this.output.add(`${headers.path}${endStream ? '' : ' more'}\n`);
        return undefined;
      },
      encodeData: (data, endStream) => {
        this.output.add(`+${data.toString()}${endStream ? '.' : ''}\n`);
        data.drain(data.length);
      },
      encodeTrailers: () => this.output.add('trailers\n'),
      enableTcpTunneling: () => {},
    };
  }

  dispatch(data: Buffer): CodecError | undefined {
    this.#text += data.toString();
    data.drain(data.length);
    for (let end = this.#text.indexOf('\n'); end !== -1; end = this.#text.indexOf('\n')) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      const error = this.#line(line);
      if (error !== undefined) return error;
    }
    return undefined;
  }

  onPeerClosed(): CodecError | undefined {
    if (this.#untilClose) this.#finish((decoder) => decoder.decodeData(new SliceBuffer(), true));
    return undefined;
  }

  goAway(): void {}
  shutdownNotice(): void {}
  wantsToWrite(): boolean {
    return this.output.length > 0;
  }
  onUnderlyingConnectionAboveWriteBufferHighWatermark(): void {}
  onUnderlyingConnectionBelowWriteBufferLowWatermark(): void {}

  #line(line: string): CodecError | undefined {
    const decoder = this.#decoder;
    if (decoder === undefined) return { kind: 'premature_response', details: 'early', message: line };
    if (line === 'bad') return { kind: 'protocol', details: 'http1.codec_error', message: line };
    if (line === '.') {
      this.#finish((last) => last.decodeData(new SliceBuffer(), true));
    } else if (line.startsWith('+')) {
      const data = new SliceBuffer();
      data.add(line.slice(1));
      decoder.decodeData(data, false);
    } else {
      const more = line.endsWith(' more') || line.endsWith(' close-delimited');
      this.#untilClose = line.endsWith(' close-delimited');
      const headers = fakeResponseHeaders(line);
      if (more) decoder.decodeHeaders(headers, false);
      else this.#finish((last) => last.decodeHeaders(headers, true));
    }
    return undefined;
  }

  #finish(end: (decoder: ResponseDecoder) => void): void {
    const decoder = this.#decoder;
    this.#decoder = undefined;
    this.#untilClose = false;
    if (decoder !== undefined) end(decoder);
  }
}

class FakeStream implements Stream {
  readonly bufferLimitBytes = 0;
  readonly responseDetails = '';
  #callbacks: StreamCallbacks[] = [];
  #reset = false;

  addCallbacks(callbacks: StreamCallbacks): void {
    this.#callbacks.push(callbacks);
  }
  removeCallbacks(callbacks: StreamCallbacks): void {
    this.#callbacks = this.#callbacks.filter((each) => each !== callbacks);
  }
  resetStream(reason: StreamResetReason): void {
    if (this.#reset) return;
    this.#reset = true;
    for (const callbacks of this.#callbacks) callbacks.onResetStream(reason, '');
  }
  readDisable(): void {}
}

function fakeResponseHeaders(line: string): ResponseHeaderMap {
  const [status = '', ...fields] = line.split(' ');
  const values = new Map(
    fields.filter((field) => field.includes('=')).map((field) => field.split('=') as [string, string]),
  );
  return { status: Number(status), get: (name: string) => values.get(name) } as ResponseHeaderMap;
}
