import type { Buffer } from '../../../sdk/buffer.ts';
import type { CodecError, Protocol, ServerCodec, ServerCodecCallbacks, StreamResetReason } from '../../../sdk/codec.ts';
import { HeadMemory } from '../../common/headers/head-memory.ts';
import { RequestHeaders, Trailers } from '../../common/headers/header-map.ts';
import { requestInlineNames } from '../../common/headers/inline-names.ts';
import { Http1Connection, type Http1ConnectionHooks, type Http1Shared, makeShared } from './connection.ts';
import { type Fault, Faults } from './details.ts';
import { FieldParser } from './field-parser.ts';
import { checkRequestLine, http11 } from './first-line.ts';
import { type BodyLength, isLineEnd, MessageReader, type MessageSink } from './message-reader.ts';
import type { Http1CodecStats, Http1ServerOptions } from './options.ts';
import { reasonPhrase } from './reason-phrases.ts';
import { checkFraming, checkPurpose } from './request-checks.ts';
import { makeRequestHeaders, makeRequestTrailers } from './request-headers.ts';
import { Http1ResponseEncoder } from './response-encoder.ts';
import type { StreamOwner } from './stream-encoder.ts';

const space = 0x20;

export type Http1ServerShared = Http1Shared<Http1ServerOptions>;

export function makeServerShared(options: Http1ServerOptions, stats: Http1CodecStats): Http1ServerShared {
  return makeShared(options, stats, new FieldParser(requestInlineNames), new HeadMemory(), true);
}

/** Envoy's kMaxOutboundResponses: a peer that pipelines on and reads no answer is cut off. */
const maxCloggedResponses = 2;

/**
 * The server's side of an HTTP/1 connection. One request at a time: `dispatch` leaves what follows it in the buffer;
 * the owner dispatches the rest once the response has ended, and may see to others in between.
 */
export class Http1ServerCodec
  extends Http1Connection<Http1ServerOptions>
  implements ServerCodec, MessageSink, StreamOwner
{
  readonly #callbacks: ServerCodecCallbacks;
  readonly #reader: MessageReader;
  /** Responses that ended while the peer did not take what was written before. */
  #cloggedResponses = 0;
  /** The request being served: its answer's encoder, with who takes the request. */
  #active: Http1ResponseEncoder | undefined = undefined;
  #protocol: Protocol = 'HTTP/1.1';
  /** Headers of a request without a body, told when its end is known. */
  #headers: RequestHeaders | undefined = undefined;
  #isReset = false;
  /** A request has ended in this dispatch: what follows it waits for the next one. */
  #isRequestDone = false;
  /** What was dispatched before the next request was known to begin. */
  #bytesBeforeStream = 0;

  constructor(shared: Http1ServerShared, callbacks: ServerCodecCallbacks, hooks: Http1ConnectionHooks) {
    super(shared, hooks);
    this.#callbacks = callbacks;
    this.#reader = new MessageReader(this, shared.fields, shared.limits);
  }

  get protocol(): Protocol {
    return this.#protocol;
  }

  get isHttp10(): boolean {
    return this.#protocol === 'HTTP/1.0';
  }

  /** A client of a version that we do not speak is told so in ours. */
  get answersHttp10(): boolean {
    return this.isHttp10 && this.shared.options.acceptHttp10;
  }

  dispatch(data: Buffer): CodecError | undefined {
    if (this.failure !== undefined || this.#isReset) {
      data.drain(data.length);
      return this.failure;
    }
    this.#isRequestDone = false;
    this.onPauseChanged();
    if (this.#active === undefined) this.#bytesBeforeStream += data.length;
    else this.#active.bytesMeter.wireBytesReceived += data.length;
    const fault = this.#reader.read(data);
    return fault === undefined ? this.failure : this.#refuse(fault);
  }

  /** A request that the peer has cut short is reset by the owner, which closes the connection. */
  onPeerClosed(): CodecError | undefined {
    return undefined;
  }

  // MessageSink.

  onMessageBegin(byte: number): Fault | undefined {
    // Spaces and control characters begin no line; whatever else does, is judged when the line has ended.
    if (byte <= space && !isLineEnd(byte)) return Faults.BadMethod;
    this.#begin();
    if (this.#cloggedResponses >= maxCloggedResponses && this.isClogged) {
      this.shared.stats.responseFlood.inc();
      this.failure = { kind: 'flood', details: '', message: 'Too many responses queued.' };
    }
    this.onPauseChanged();
    return undefined;
  }

  onFirstLine(bytes: Uint8Array, from: number, to: number): Fault | 'only_line' | undefined {
    const { line, options } = this.shared;
    line.read(bytes, from, to);
    const fault = checkRequestLine(line, bytes, from, to, options.allowCustomMethods);
    if (fault !== undefined) return fault;
    return line.third === '' ? 'only_line' : undefined;
  }

  onFields(bytes: Uint8Array, from: number, to: number): Fault | BodyLength {
    const { fields, framing, line } = this.shared;
    const framingFault = framing.read(fields, bytes);
    if (framingFault !== undefined) return framingFault;
    const headers = makeRequestHeaders(this.shared, bytes, from, to);
    if (!(headers instanceof RequestHeaders)) return headers;
    if (line.third !== http11) this.#protocol = 'HTTP/1.0';
    if (this.#active !== undefined) this.#active.bytesMeter.addHeadReceived(fields.lines.countedBytes);
    const kind = checkFraming(headers, this.shared);
    if (typeof kind === 'object') return kind;
    this.#noteMethod();
    const fault = checkPurpose(headers, this.shared, this.hooks.isSecure === true);
    return fault ?? this.#beginBody(headers, kind === 'tunnel');
  }

  onBody(body: Buffer, endOfMessage: boolean): void {
    const active = this.#active;
    if (active === undefined) return;
    if (endOfMessage) active.isRemoteComplete = true;
    active.decoder.decodeData(body, endOfMessage);
    this.#afterEvent(active);
  }

  onTrailers(bytes: Uint8Array, from: number, to: number): Fault | undefined {
    const active = this.#active;
    if (active === undefined) return undefined;
    const trailers = makeRequestTrailers(this.shared, bytes, from, to);
    if (!(trailers instanceof Trailers)) return trailers;
    active.bytesMeter.headerBytesReceived += this.shared.fields.lines.countedBytes;
    active.isRemoteComplete = true;
    active.decoder.decodeTrailers(trailers);
    this.#afterEvent(active);
    return undefined;
  }

  onMessageEnd(): void {
    const active = this.#active;
    const headers = this.#headers;
    this.#headers = undefined;
    if (active === undefined || headers === undefined) return;
    active.isRemoteComplete = true;
    active.decoder.decodeHeaders(headers, true);
    this.#afterEvent(active);
  }

  // StreamOwner.

  onEncodeComplete(): void {
    const active = this.#active;
    if (active === undefined) return;
    this.#cloggedResponses = this.isClogged ? this.#cloggedResponses + 1 : 0;
    active.isLocalComplete = true;
    if (active.isRemoteComplete) this.#finish(active);
  }

  onStreamReset(reason: StreamResetReason): void {
    const active = this.#active;
    if (active === undefined) return;
    this.#isReset = true;
    this.#finish(active);
    active.callbacks.runReset(reason, '');
  }

  protected override activeStream(): Http1ResponseEncoder | undefined {
    return this.#active;
  }

  protected override onPauseChanged(): void {
    this.#reader.isPaused =
      this.readDisableCount > 0 ||
      this.failure !== undefined ||
      this.#isReset ||
      this.#isRequestDone ||
      this.#active?.isRemoteComplete === true;
  }

  /** The response's framing hangs on it, that of a refusal too. */
  #noteMethod(): void {
    const { first } = this.shared.line;
    if (this.#active !== undefined && (first === 'HEAD' || first === 'CONNECT')) this.#active.requestKind = first;
  }

  #beginBody(headers: RequestHeaders, isTunnel: boolean): BodyLength {
    const { framing } = this.shared;
    const active = this.#active;
    if (active === undefined) return 'none';
    const length: BodyLength = isTunnel ? 'tunnel' : framing.isChunked ? 'chunked' : (framing.contentLength ?? 0);
    if (length === 0) {
      this.#headers = headers;
      return 'none';
    }
    active.decoder.decodeHeaders(headers, false);
    this.#afterEvent(active);
    return length;
  }

  #begin(): Http1ResponseEncoder {
    this.#protocol = 'HTTP/1.1';
    const active = new Http1ResponseEncoder(this, this.shared.options.streamErrorOnInvalidHttpMessage);
    active.bytesMeter.wireBytesReceived = this.#bytesBeforeStream;
    this.#bytesBeforeStream = 0;
    this.tellWatermark(active);
    active.decoder = this.#callbacks.newStream(active);
    this.#active = active;
    return active;
  }

  /** After the owner has seen an event: it may have answered, reset the stream or stopped reading. */
  #afterEvent(active: Http1ResponseEncoder): void {
    if (active === this.#active && active.isRemoteComplete && active.isLocalComplete) this.#finish(active);
    this.onPauseChanged();
  }

  #finish(active: Http1ResponseEncoder): void {
    this.#active = undefined;
    this.#isRequestDone = true;
    this.detach(active);
  }

  /** Answers a bad request, when nothing has been answered yet. */
  #refuse(fault: Fault): CodecError {
    const error = this.fail(fault);
    if (fault === Faults.Underscore) this.shared.stats.requestsRejectedWithUnderscoresInHeaders.inc();
    const active = this.#active ?? this.#begin();
    active.setDetails(fault.details);
    if (!active.isStarted) {
      active.decoder.sendLocalReply(fault.status, reasonPhrase(fault.status), fault.details);
    }
    return error;
  }
}
