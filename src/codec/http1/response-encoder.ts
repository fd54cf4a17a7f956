import type { RequestDecoder, ResponseEncoder } from '../../../sdk/codec.ts';
import type { HeaderMap, ResponseHeaderMap } from '../../../sdk/headers.ts';
import type { StatefulHeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { reasonPhrase } from './reason-phrases.ts';
import { type HeadFraming, StreamEncoder, type StreamOwner } from './stream-encoder.ts';

const plain: HeadFraming = {
  mayBeChunked: true,
  sayLengthZero: true,
  isHeadResponse: false,
  isConnectResponse: false,
};
const bodiless: HeadFraming = { ...plain, mayBeChunked: false };
const toHead: HeadFraming = { ...plain, isHeadResponse: true };
const toConnect: HeadFraming = { ...plain, isConnectResponse: true };

/** Answers one request on a server's connection. */
export class Http1ResponseEncoder extends StreamEncoder implements ResponseEncoder {
  readonly streamErrorOnInvalidHttpMessage: boolean;
  /** Who takes the request; set when the owner has been told of the stream. */
  decoder!: RequestDecoder;
  /** The request has come whole; its answer has been encoded whole. */
  isRemoteComplete = false;
  isLocalComplete = false;
  #started = false;
  requestKind: 'plain' | 'HEAD' | 'CONNECT' = 'plain';

  constructor(owner: StreamOwner, streamErrorOnInvalidHttpMessage: boolean) {
    super(owner);
    this.streamErrorOnInvalidHttpMessage = streamErrorOnInvalidHttpMessage;
  }

  /** Whether a final response has begun. */
  get isStarted(): boolean {
    return this.#started;
  }

  encode1xxHeaders(headers: ResponseHeaderMap): void {
    if (!this.isDetached) this.#write(headers, false);
  }

  encodeHeaders(headers: ResponseHeaderMap, endStream: boolean): void {
    if (this.isDetached) return;
    this.#started = true;
    this.#write(headers, endStream);
  }

  #write(headers: ResponseHeaderMap, endStream: boolean): void {
    const { status } = headers;
    this.writeHead(this.#statusLine(headers, status), '', headers, endStream, this.#framing(status));
  }

  /** The status alone when its line is the usual one. */
  #statusLine(headers: HeaderMap, status: number): string | number {
    const { formatter } = headers as { readonly formatter?: StatefulHeaderKeyFormatter | undefined };
    if (formatter === undefined && !this.owner.answersHttp10) return status;
    const version = this.owner.answersHttp10 ? 'HTTP/1.0' : 'HTTP/1.1';
    const reason = formatter === undefined ? '' : formatter.reasonPhrase;
    return `${version} ${status} ${reason === '' ? reasonPhrase(status) : reason}`;
  }

  #framing(status: number): HeadFraming {
    if (status < 200 || status === 204 || status === 304) return bodiless;
    if (this.requestKind === 'HEAD') return toHead;
    return this.requestKind === 'CONNECT' && status < 300 ? toConnect : plain;
  }
}
