import type { Buffer } from '../../../sdk/buffer.ts';
import type { ClientCodec, CodecError, Protocol, ResponseDecoder, StreamResetReason } from '../../../sdk/codec.ts';
import { HeadMemory } from '../../common/headers/head-memory.ts';
import { ResponseHeaders, Trailers } from '../../common/headers/header-map.ts';
import { responseInlineNames } from '../../common/headers/inline-names.ts';
import { Http1Connection, type Http1ConnectionHooks, type Http1Shared, makeShared } from './connection.ts';
import { isUpgrade } from './connection-header.ts';
import { type Fault, Faults } from './details.ts';
import { FieldParser } from './field-parser.ts';
import { http11, readStatusLine } from './first-line.ts';
import { type BodyLength, MessageReader, type MessageSink } from './message-reader.ts';
import type { Http1ClientOptions, Http1CodecStats } from './options.ts';
import { Http1RequestEncoder } from './request-encoder.ts';
import { makeResponseHeaders, makeResponseTrailers } from './response-headers.ts';
import type { StreamEncoder, StreamOwner } from './stream-encoder.ts';

/** Interim responses that Envoy knows; others are read over. */
const toldInterim: ReadonlySet<number> = new Set([100, 102, 103, 104]);
const letterH = 0x48;

export type Http1ClientShared = Http1Shared<Http1ClientOptions>;

/** @param heads may serve all codecs of a thread */
export function makeClientShared(
  options: Http1ClientOptions,
  stats: Http1CodecStats,
  heads: HeadMemory = new HeadMemory(),
): Http1ClientShared {
  return makeShared(options, stats, new FieldParser(responseInlineNames), heads, false);
}

/** The client's side of an HTTP/1 connection: one request, then its response, then the next. */
export class Http1ClientCodec
  extends Http1Connection<Http1ClientOptions>
  implements ClientCodec, MessageSink, StreamOwner
{
  readonly #reader: MessageReader;
  readonly isHttp10 = false;
  readonly answersHttp10 = false;
  /** The request whose response is awaited: its encoder, with who takes the response. */
  #pending: Http1RequestEncoder | undefined = undefined;
  #protocol: Protocol = 'HTTP/1.1';
  #status = 0;
  /** Of a response without a body, told at its end; undefined for an interim response. */
  #headers: ResponseHeaders | undefined = undefined;
  /** A response ended within this dispatch: what follows it belongs to no request. */
  #isResponseDone = false;
  #isReset = false;

  constructor(shared: Http1ClientShared, hooks: Http1ConnectionHooks) {
    super(shared, hooks);
    this.#reader = new MessageReader(this, shared.fields, shared.limits);
  }

  /** Of the latest response: HTTP/1.0 for all that is not 1.1. */
  get protocol(): Protocol {
    return this.#protocol;
  }

  newStream(decoder: ResponseDecoder): Http1RequestEncoder {
    if (this.#pending !== undefined) throw new Error('HTTP/1 takes one request at a time');
    const encoder = new Http1RequestEncoder(this, this.shared.options.sendFullyQualifiedUrl, decoder);
    this.tellWatermark(encoder);
    this.#pending = encoder;
    return encoder;
  }

  dispatch(data: Buffer): CodecError | undefined {
    if (this.failure !== undefined || this.#isReset) {
      data.drain(data.length);
      return this.failure;
    }
    this.#isResponseDone = false;
    this.onPauseChanged();
    if (this.#pending !== undefined) this.#pending.bytesMeter.wireBytesReceived += data.length;
    const fault = this.#reader.read(data);
    if (fault !== undefined) return this.#refuse(fault);
    if (data.length === 0 || !this.#isResponseDone || this.failure !== undefined) return this.failure;
    data.drain(data.length);
    // Of a response whose rest nobody wants any more this is no fault.
    return this.#isReset ? undefined : this.fail(Faults.Extraneous);
  }

  /** Ends a response that lasts until the connection does; one that is cut short is a protocol error. */
  onPeerClosed(): CodecError | undefined {
    if (this.failure !== undefined || this.#isReset) return this.failure;
    const fault = this.#reader.readEnd();
    return fault === undefined ? undefined : this.#refuse(fault);
  }

  // MessageSink.

  onMessageBegin(byte: number): Fault | undefined {
    this.#protocol = 'HTTP/1.1';
    return byte === letterH ? undefined : Faults.BadStatusLine;
  }

  onFirstLine(bytes: Uint8Array, from: number, to: number): Fault | undefined {
    const { line, options } = this.shared;
    // A formatter that keeps spellings wants the reason too.
    if (options.headerKeyFormat.kind !== 'stateful') this.#status = line.readPlainStatus(bytes, from, to);
    else this.#status = 0;
    if (this.#status !== 0) return undefined;
    line.read(bytes, from, to);
    const status = readStatusLine(line, bytes, from, to);
    if (typeof status === 'object') return status;
    this.#status = status;
    return undefined;
  }

  onFields(bytes: Uint8Array, from: number, to: number): Fault | BodyLength {
    const { fields, framing, line, options } = this.shared;
    const framingFault = framing.read(fields, bytes);
    if (framingFault !== undefined) return framingFault;
    const headers = makeResponseHeaders(this.shared, this.#status, bytes, from, to);
    if (!(headers instanceof ResponseHeaders)) return headers;
    if (line.first !== http11) this.#protocol = 'HTTP/1.0';
    const pending = this.#pending;
    if (pending === undefined) {
      this.#premature();
      return 'none';
    }
    pending.bytesMeter.addHeadReceived(fields.lines.countedBytes);
    const isTunnel = this.#isTunnel(headers, pending);
    if (framing.hasTransferEncoding) {
      const fault = framing.check(fields, options.allowChunkedLength);
      if (fault !== undefined) return fault;
      headers.remove('content-length');
    }
    return this.#checkBodiless(headers) ?? this.#beginBody(pending, headers, isTunnel);
  }

  onBody(body: Buffer, endOfMessage: boolean): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    if (endOfMessage) this.#finish(pending);
    pending.decoder.decodeData(body, endOfMessage);
    this.onPauseChanged();
  }

  onTrailers(bytes: Uint8Array, from: number, to: number): Fault | undefined {
    const pending = this.#pending;
    if (pending === undefined) return undefined;
    const trailers = makeResponseTrailers(this.shared, bytes, from, to);
    if (!(trailers instanceof Trailers)) return trailers;
    pending.bytesMeter.headerBytesReceived += this.shared.fields.lines.countedBytes;
    this.#finish(pending);
    pending.decoder.decodeTrailers(trailers);
    this.onPauseChanged();
    return undefined;
  }

  onMessageEnd(): void {
    const pending = this.#pending;
    const headers = this.#headers;
    this.#headers = undefined;
    if (pending === undefined || headers === undefined) return;
    this.#finish(pending);
    pending.decoder.decodeHeaders(headers, true);
    this.onPauseChanged();
  }

  // StreamOwner.

  onEncodeComplete(): void {}

  onStreamReset(reason: StreamResetReason): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#isReset = true;
    this.#finish(pending);
    pending.callbacks.runReset(reason, '');
  }

  protected override activeStream(): StreamEncoder | undefined {
    return this.#pending;
  }

  protected override onPauseChanged(): void {
    this.#reader.isPaused =
      this.readDisableCount > 0 || this.#isResponseDone || this.#isReset || this.failure !== undefined;
  }

  /** Whether both sides leave HTTP behind after this head. */
  #isTunnel(headers: ResponseHeaders, encoder: Http1RequestEncoder): boolean {
    if (encoder.isConnect && this.#status >= 200 && this.#status < 300) return true;
    return encoder.isUpgrade && this.shared.fields.lines.upgradeLine >= 0 && isUpgrade(headers);
  }

  /** 1xx and 204 have no body and must not speak of one (RFC 9110 section 8.6). */
  #checkBodiless(headers: ResponseHeaders): Fault | undefined {
    if (this.#status >= 200 && this.#status !== 204) return undefined;
    if (this.shared.framing.hasTransferEncoding) return Faults.EncodingNotAllowed;
    const length = headers.get('content-length');
    if (length === undefined) return undefined;
    if (length !== '0') return Faults.LengthNotAllowed;
    headers.remove('content-length');
    return undefined;
  }

  #beginBody(pending: Http1RequestEncoder, headers: ResponseHeaders, isTunnel: boolean): BodyLength {
    const length = isTunnel ? 'tunnel' : this.#bodyLength(pending);
    if (this.#status >= 100 && this.#status < 200 && this.#status !== 101) {
      if (toldInterim.has(this.#status)) pending.decoder.decode1xxHeaders(headers);
      this.onPauseChanged();
      return 'none';
    }
    if (length === 'none') {
      this.#headers = headers;
      return 'none';
    }
    pending.decoder.decodeHeaders(headers, false);
    this.onPauseChanged();
    return length;
  }

  #bodyLength(encoder: Http1RequestEncoder): BodyLength {
    const { framing } = this.shared;
    const status = this.#status;
    if (encoder.isHead || (status >= 100 && status < 200) || status === 204 || status === 304) return 'none';
    if (framing.isChunked) return 'chunked';
    if (framing.contentLength === undefined) return 'until_close';
    return framing.contentLength === 0 ? 'none' : framing.contentLength;
  }

  #finish(pending: Http1RequestEncoder): void {
    this.#pending = undefined;
    this.#isResponseDone = true;
    this.detach(pending);
  }

  /** A response that nobody asked for; 408 is how servers close idle connections. */
  #premature(): void {
    this.failure = {
      kind: 'premature_response',
      details: '',
      message: `http/1.1 protocol error: premature response with status ${this.#status}`,
      responseStatus: this.#status,
    };
    this.onPauseChanged();
  }

  #refuse(fault: Fault): CodecError {
    this.#pending?.setDetails(fault.details);
    return this.fail(fault);
  }
}
