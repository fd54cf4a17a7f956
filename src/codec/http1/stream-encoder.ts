import type { Buffer } from '../../../sdk/buffer.ts';
import type { Stream, StreamCallbacks, StreamResetReason } from '../../../sdk/codec.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import type { HeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { ByteCounts } from '../../common/stream-info/upstream-info.ts';
import { isUpgrade } from './connection-header.ts';
import { endOfChunks, fieldLine, fieldLines, lastChunk, writeBody } from './head-writer.ts';
import { StreamCallbackList } from './stream-callbacks.ts';

/** What a stream needs of its codec. */
export interface StreamOwner {
  readonly output: Buffer;
  readonly enableTrailers: boolean;
  readonly bufferLimitBytes: number;
  readonly isHttp10: boolean;
  readonly keyFormatter: HeaderKeyFormatter | undefined;
  onEncodeComplete(): void;
  onStreamReset(reason: StreamResetReason): void;
  onReadDisable(disable: boolean): void;
}

/** A message's framing as it is chosen when its head is written. */
export type BodyCoding = 'undecided' | 'chunked' | 'plain';

/** The writing half of a stream: what requests and responses have in common. Also the stream itself. */
export abstract class StreamEncoder implements Stream {
  protected readonly owner: StreamOwner;
  readonly callbacks = new StreamCallbackList();
  readonly bytesMeter = new ByteCounts();
  #coding: BodyCoding = 'undecided';
  #readDisableCount = 0;
  #details = '';
  /** Set by the codec when the stream has ended: later calls are without effect. */
  isDetached = false;

  constructor(owner: StreamOwner) {
    this.owner = owner;
  }

  get stream(): Stream {
    return this;
  }

  get bufferLimitBytes(): number {
    return this.owner.bufferLimitBytes;
  }

  get responseDetails(): string {
    return this.#details;
  }

  setDetails(details: string): void {
    this.#details = details;
  }

  get readDisableCount(): number {
    return this.#readDisableCount;
  }

  addCallbacks(callbacks: StreamCallbacks): void {
    this.callbacks.add(callbacks);
  }

  removeCallbacks(callbacks: StreamCallbacks): void {
    this.callbacks.remove(callbacks);
  }

  resetStream(reason: StreamResetReason): void {
    if (!this.isDetached) this.owner.onStreamReset(reason);
  }

  readDisable(disable: boolean): void {
    if (this.isDetached) return;
    if (!disable && this.#readDisableCount === 0) throw new Error('readDisable(false) without readDisable(true)');
    this.#readDisableCount += disable ? 1 : -1;
    this.owner.onReadDisable(disable);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.isDetached) return;
    const { output } = this.owner;
    const before = output.length;
    writeBody(output, data, this.#coding === 'chunked');
    this.#onWritten(output.length - before);
    if (endStream) this.#end();
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.isDetached) return;
    if (!this.owner.enableTrailers) {
      this.#end();
      return;
    }
    if (this.#coding === 'chunked') {
      const lines = fieldLines(trailers, undefined);
      this.bytesMeter.headerBytesSent += lines.length;
      this.#write(`${lastChunk}${lines}\r\n\r\n`);
    }
    this.onEncodeComplete();
  }

  /** Writes the head, which begins with `firstLine` (without its line end), and decides how the body goes. */
  protected writeHead(firstLine: string, headers: HeaderMap, endStream: boolean, framing: HeadFraming): void {
    const formatter = formatterOf(headers) ?? this.owner.keyFormatter;
    let text = firstLine + fieldLines(headers, formatter);
    this.#coding = 'plain';
    if (framing.mayBeChunked && !headers.has('content-length')) {
      if (endStream && !framing.isHeadResponse) {
        if (framing.sayLengthZero) text += fieldLine('content-length', '0', formatter);
      } else if (!this.owner.isHttp10) {
        if (!framing.isConnectResponse) text += fieldLine('transfer-encoding', 'chunked', formatter);
        if (!(framing.isHeadResponse || framing.isConnectResponse || isUpgrade(headers))) this.#coding = 'chunked';
      }
    }
    this.bytesMeter.headerBytesSent += text.length - firstLine.length;
    this.#write(`${text}\r\n\r\n`);
    if (endStream) this.#end();
  }

  protected onEncodeComplete(): void {
    this.owner.onEncodeComplete();
  }

  #end(): void {
    if (this.#coding === 'chunked') this.#write(endOfChunks);
    this.onEncodeComplete();
  }

  #write(text: string): void {
    this.owner.output.add(text);
    this.#onWritten(text.length);
  }

  #onWritten(bytes: number): void {
    this.bytesMeter.wireBytesSent += bytes;
  }
}

/** What of the message decides how its body goes. */
export interface HeadFraming {
  /** False when a body is not possible or goes unframed. */
  readonly mayBeChunked: boolean;
  /** An empty body is announced by `content-length: 0`. */
  readonly sayLengthZero: boolean;
  readonly isHeadResponse: boolean;
  readonly isConnectResponse: boolean;
}

/** The stateful formatter that came with the headers, when they are of ours. */
function formatterOf(headers: HeaderMap): HeaderKeyFormatter | undefined {
  return (headers as { readonly formatter?: HeaderKeyFormatter | undefined }).formatter;
}
