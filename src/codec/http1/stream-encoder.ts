import type { Buffer } from '../../../sdk/buffer.ts';
import type { Stream, StreamCallbacks, StreamResetReason } from '../../../sdk/codec.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import type { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { HeaderEntries } from '../../common/headers/header-entries.ts';
import { Trailers } from '../../common/headers/header-map.ts';
import type { HeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { Trait } from '../../common/headers/traits.ts';
import { ByteCounts } from '../../common/stream-info/upstream-info.ts';
import { isUpgrade } from './connection-header.ts';
import {
  type AddedLine,
  chunkedLine,
  endOfChunks,
  lengthZeroLine,
  writeBody,
  writeRequestHead,
  writeResponseHead,
  writeSpelledHead,
  writeTrailers,
} from './head-writer.ts';
import { StreamCallbackList } from './stream-callbacks.ts';

const contentLengthId = nameTable.idOf(HeaderNames.ContentLength);

/** What a stream needs of its codec. */
export interface StreamOwner {
  readonly output: SliceBuffer;
  readonly enableTrailers: boolean;
  readonly bufferLimitBytes: number;
  readonly isHttp10: boolean;
  /** Whether responses call themselves HTTP/1.0. */
  readonly answersHttp10: boolean;
  readonly keyFormatter: HeaderKeyFormatter | undefined;
  onEncodeComplete(): void;
  onStreamReset(reason: StreamResetReason): void;
  onReadDisable(disable: boolean): void;
}

/** A message's framing as it is chosen when its head is written. */
export type BodyCoding = 'undecided' | 'chunked' | 'plain';

/** The writing half of a stream: what requests and responses have in common. Also the stream itself. */
export abstract class StreamEncoder implements Stream {
  // Declared alone, and no method private to V8: see HeaderEntries.
  declare protected readonly owner: StreamOwner;
  declare readonly callbacks: StreamCallbackList;
  declare readonly bytesMeter: ByteCounts;
  declare private coding: BodyCoding;
  declare private disables: number;
  declare private details: string;
  /** Set by the codec when the stream has ended: later calls are without effect. */
  declare isDetached: boolean;

  constructor(owner: StreamOwner) {
    this.owner = owner;
    this.callbacks = new StreamCallbackList();
    this.bytesMeter = new ByteCounts();
    this.coding = 'undecided';
    this.disables = 0;
    this.details = '';
    this.isDetached = false;
  }

  get stream(): Stream {
    return this;
  }

  get bufferLimitBytes(): number {
    return this.owner.bufferLimitBytes;
  }

  get responseDetails(): string {
    return this.details;
  }

  setDetails(details: string): void {
    this.details = details;
  }

  get readDisableCount(): number {
    return this.disables;
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
    if (!disable && this.disables === 0) throw new Error('readDisable(false) without readDisable(true)');
    this.disables += disable ? 1 : -1;
    this.owner.onReadDisable(disable);
  }

  encodeData(data: Buffer, endStream: boolean): void {
    if (this.isDetached) return;
    const { output } = this.owner;
    const before = output.length;
    writeBody(output, data, this.coding === 'chunked');
    this.onWritten(output.length - before);
    if (endStream) this.end();
  }

  encodeTrailers(trailers: HeaderMap): void {
    if (this.isDetached) return;
    if (!this.owner.enableTrailers) {
      this.end();
      return;
    }
    if (this.coding === 'chunked') {
      const { output } = this.owner;
      const before = output.length;
      this.bytesMeter.addHeadersSent(writeTrailers(output, entriesOf(trailers)));
      this.onWritten(output.length - before);
    }
    this.onEncodeComplete();
  }

  /**
   * Writes the head and decides how the body goes.
   * @param first the method of a request; of a response the status line, or the status when it is the usual one
   * @param target of a request; '' in a response
   */
  protected writeHead(
    first: string | number,
    target: string,
    headers: HeaderMap,
    endStream: boolean,
    framing: HeadFraming,
  ): void {
    const entries = entriesOf(headers);
    const { output, keyFormatter } = this.owner;
    const added = this.chooseCoding(entries, endStream, framing);
    const before = output.length;
    const formatter = entries.formatter ?? keyFormatter;
    const bytes =
      formatter !== undefined
        ? writeSpelledHead(output, first, target, entries, added, formatter)
        : typeof first === 'string' && target !== ''
          ? writeRequestHead(output, first, target, entries, added)
          : writeResponseHead(output, first, entries, added);
    this.bytesMeter.addHeadersSent(bytes);
    this.onWritten(output.length - before);
    if (endStream) this.end();
  }

  /** How the body goes, and the line that says so when the headers do not. */
  private chooseCoding(headers: HeaderEntries, endStream: boolean, framing: HeadFraming): AddedLine | undefined {
    this.coding = 'plain';
    if (!framing.mayBeChunked) return undefined;
    if ((headers.traits & Trait.contentLength) !== 0 && headers.hasKnown(contentLengthId)) return undefined;
    if (endStream && !framing.isHeadResponse) return framing.sayLengthZero ? lengthZeroLine : undefined;
    if (this.owner.isHttp10) return undefined;
    if (!(framing.isHeadResponse || framing.isConnectResponse || isUpgrade(headers))) this.coding = 'chunked';
    return framing.isConnectResponse ? undefined : chunkedLine;
  }

  protected onEncodeComplete(): void {
    this.owner.onEncodeComplete();
  }

  private end(): void {
    if (this.coding === 'chunked') this.writeText(endOfChunks);
    this.onEncodeComplete();
  }

  private writeText(text: string): void {
    this.owner.output.add(text);
    this.onWritten(text.length);
  }

  private onWritten(bytes: number): void {
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

/** The map itself when it is one of ours. */
function entriesOf(headers: HeaderMap): HeaderEntries {
  return headers instanceof HeaderEntries ? headers : Trailers.of(headers.entries());
}
