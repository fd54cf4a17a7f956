import type { Buffer } from '../buffer.ts';
import type { HeaderMap } from '../headers.ts';
import type { FilterDataStatus, FilterHeadersStatus, FilterTrailersStatus, LocalReply } from '../http.ts';
import { TestBuffer } from './test-buffer.ts';
import { TestHeaders, testResponseHeaders } from './test-headers.ts';

export interface Hooks {
  headers(headers: HeaderMap, endStream: boolean): FilterHeadersStatus;
  data(data: Buffer, endStream: boolean): FilterDataStatus;
  trailers(trailers: HeaderMap): FilterTrailersStatus;
  complete(): void;
}

/** One direction of a stream: what came in, what the filter holds, and what has passed it. */
export class Direction {
  readonly #hooks: Hooks;
  readonly #onOverflow: () => void;
  #limit: number;
  /** What the filter said last: go on, stop for itself, or stop everything. */
  #state: 'Continue' | 'Stop' | 'StopAll' = 'Continue';
  #streaming = false;
  #aborted = false;
  #ended = false;
  #headers: HeaderMap | undefined = undefined;
  #trailers: HeaderMap | undefined = undefined;
  #trailersWait = false;
  #inTrailers = false;
  buffered: TestBuffer | undefined = undefined;

  /** Undefined until they have passed. */
  headers: HeaderMap | undefined = undefined;
  body = '';
  trailers: HeaderMap | undefined = undefined;
  /** The end of the stream has passed. */
  complete = false;

  constructor(limit: number, onOverflow: () => void, hooks: Hooks) {
    this.#limit = limit;
    this.#onOverflow = onOverflow;
    this.#hooks = hooks;
  }

  get hasHeaders(): boolean {
    return this.headers !== undefined;
  }

  /** As they are, passed or held. */
  get currentHeaders(): HeaderMap | undefined {
    return this.#headers;
  }

  get currentTrailers(): HeaderMap | undefined {
    return this.#trailers;
  }

  /** The filter has said stop and not continued yet. */
  get isHolding(): boolean {
    return this.#state !== 'Continue';
  }

  abort(): void {
    this.#aborted = true;
  }

  setLimit(bytes: number): void {
    this.#limit = bytes;
  }

  onHeaders(headers: HeaderMap, endStream: boolean): void {
    this.#headers = headers;
    this.#ended = endStream;
    const status = this.#hooks.headers(headers, endStream);
    if (endStream) this.#hooks.complete();
    if (this.#aborted) return;
    if (status === 'StopIteration') this.#state = 'Stop';
    else if (status.startsWith('StopAll')) this.#stopAll(status === 'StopAllIterationAndWatermark');
    else this.#passHeaders(endStream && status === 'Continue' && this.buffered === undefined);
  }

  onData(data: Buffer, endStream: boolean): void {
    this.#ended = endStream;
    if (this.#state === 'StopAll') return this.#hold(data);
    this.#data(data, endStream);
  }

  onTrailers(trailers: HeaderMap): void {
    this.#trailers = trailers;
    this.#ended = true;
    if (this.#state === 'StopAll') this.#trailersWait = true;
    else this.#callTrailers(trailers);
  }

  /** A local reply goes through the response hooks as any response does. */
  onLocalReply(reply: LocalReply): void {
    const headers = testResponseHeaders(reply.status);
    reply.modifyHeaders?.(headers);
    const body = reply.body ?? '';
    this.onHeaders(headers, body.length === 0);
    if (body.length > 0 && !this.#aborted) this.onData(new TestBuffer(body), true);
  }

  resume(): void {
    if (this.#aborted || this.#state === 'Continue') return;
    const stoppedAll = this.#state === 'StopAll';
    this.#state = 'Continue';
    const lastFrame = this.#ended && this.#trailers === undefined;
    if (!this.hasHeaders) this.#passHeaders(lastFrame && this.buffered === undefined);
    const held = this.buffered;
    this.buffered = undefined;
    if (held !== undefined && stoppedAll) this.#data(held, lastFrame);
    else if (held !== undefined) this.#passData(held, lastFrame);
    if (this.#trailers === undefined || this.trailers !== undefined) return;
    if (this.#trailersWait) this.#callTrailers(this.#trailers);
    else if (!this.#inTrailers) this.#passTrailers(this.#trailers);
  }

  addData(data: Buffer): void {
    if (this.#inTrailers && this.#state === 'Continue') this.#passData(data, false);
    else this.#hold(data);
  }

  inject(data: Buffer, endStream: boolean): void {
    if (!this.hasHeaders) this.#passHeaders(false);
    this.#passData(data, endStream);
  }

  addTrailers(): HeaderMap {
    this.#trailers = new TestHeaders();
    return this.#trailers;
  }

  #stopAll(streaming: boolean): void {
    this.#state = 'StopAll';
    this.#streaming = streaming;
  }

  #data(data: Buffer, endStream: boolean): void {
    const status = this.#hooks.data(data, endStream);
    if (endStream) this.#hooks.complete();
    if (this.#aborted) return;
    if (status === 'Continue') {
      if (this.#state === 'Stop') {
        this.#hold(data);
        this.resume();
      } else {
        this.#passData(data, endStream && this.#trailers === undefined);
        if (endStream && this.#trailers !== undefined) this.#passTrailers(this.#trailers);
      }
      return;
    }
    this.#state = 'Stop';
    if (status === 'StopIterationNoBuffer') {
      if (endStream) this.buffered ??= new TestBuffer();
      return;
    }
    this.#streaming = status === 'StopIterationAndWatermark';
    this.#hold(data);
  }

  #callTrailers(trailers: HeaderMap): void {
    this.#trailersWait = false;
    this.#inTrailers = true;
    const status = this.#hooks.trailers(trailers);
    this.#hooks.complete();
    this.#inTrailers = false;
    if (this.#aborted) return;
    if (status === 'StopIteration') this.#state = 'Stop';
    else if (this.#state === 'Stop') this.resume();
    else this.#passTrailers(trailers);
  }

  #hold(data: Buffer): void {
    if (this.buffered === data) return;
    this.buffered ??= new TestBuffer();
    this.buffered.move(data);
    if (this.buffered.length > this.#limit && !this.#streaming) this.#onOverflow();
  }

  #passHeaders(endStream: boolean): void {
    this.headers = this.#headers;
    const held = this.#state === 'Continue' ? this.buffered : undefined;
    if (held === undefined) {
      this.#end(endStream);
      return;
    }
    this.buffered = undefined;
    this.#passData(held, this.#ended && this.#trailers === undefined);
  }

  #passData(data: Buffer, endStream: boolean): void {
    this.body += data.toString('utf8');
    data.drain(data.length);
    this.#end(endStream);
  }

  #passTrailers(trailers: HeaderMap): void {
    this.trailers = trailers;
    this.#end(true);
  }

  #end(endStream: boolean): void {
    if (!endStream) return;
    if (this.complete) throw new Error('the end of the stream passed twice');
    this.complete = true;
  }
}
