import type { Buffer } from '../../../sdk/buffer.ts';
import { Slice } from '../../common/buffer/slice.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { ChunkReader } from './chunk-reader.ts';
import { type Fault, Faults } from './details.ts';
import type { FieldParser } from './field-parser.ts';
import { BlockCollector, strictLines } from './message-lines.ts';

const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;

/** How long a message's body is (RFC 9112 section 6.3). */
export type BodyLength = 'none' | 'chunked' | 'until_close' | 'tunnel' | number;

/** Receives what a reader finds. Calls come synchronously from `MessageReader.read`. */
export interface MessageSink {
  /** The first byte of a message; a fault refuses it. */
  onMessageBegin(byte: number): Fault | undefined;
  /** The first line, `bytes[from, to)` without its line end. 'only_line' when no fields follow (HTTP/0.9). */
  onFirstLine(bytes: Uint8Array, from: number, to: number): Fault | 'only_line' | undefined;
  /** The fields are in the parser, their bytes in `bytes[from, to)`. */
  onFields(bytes: Uint8Array, from: number, to: number): Fault | BodyLength;
  /** Content; what the callee leaves in `body` is dropped. With `endOfMessage` it may be empty. */
  onBody(body: Buffer, endOfMessage: boolean): void;
  /** Trailers, in the parser as the fields are; the message ends with them. A fault refuses them. */
  onTrailers(bytes: Uint8Array, from: number, to: number): Fault | undefined;
  /** A message without a body has ended. */
  onMessageEnd(): void;
}

export interface ReaderLimits {
  readonly maxHeadersBytes: number;
  readonly relaxedLines: boolean;
  /** Otherwise trailers are read and dropped. */
  readonly enableTrailers: boolean;
  /** Empty lines before a message are skipped (requests only; RFC 9112 section 2.2). */
  readonly skipEmptyLines: boolean;
}

type Phase = 'start' | 'empty_lines' | 'head' | 'length' | 'chunks' | 'trailers' | 'until_close' | 'tunnel' | 'failed';

/**
 * Takes the messages of one direction of a connection apart, bytes in any pieces. Heads that arrive in one piece are
 * read where they lie; others are collected first, up to their limit. Bodies are moved, never copied.
 */
export class MessageReader {
  readonly #sink: MessageSink;
  readonly #fields: FieldParser;
  readonly #limits: ReaderLimits;
  #phase: Phase = 'start';
  #left = 0;
  #collector: BlockCollector | undefined = undefined;
  #chunks: ChunkReader | undefined = undefined;
  #afterCr = false;
  /** Content found in this call, so that it is handed on once. */
  readonly #body = new SliceBuffer();
  /** What the sink had against the head just read. */
  #headFault: Fault | undefined = undefined;
  /** Set by the sink's owner to make `read` return. */
  isPaused = false;

  constructor(sink: MessageSink, fields: FieldParser, limits: ReaderLimits) {
    this.#sink = sink;
    this.#fields = fields;
    this.#limits = limits;
  }

  get isTunnel(): boolean {
    return this.#phase === 'tunnel';
  }

  get isBetweenMessages(): boolean {
    return this.#phase === 'start';
  }

  /** Reads until `data` is empty, the owner pauses, or a fault, which is final. */
  read(data: Buffer): Fault | undefined {
    while (data.length > 0 && !this.isPaused) {
      const fault = this.#step(data);
      if (fault !== undefined) {
        this.#phase = 'failed';
        this.#body.drain(this.#body.length);
        return fault;
      }
    }
    if (this.#body.length > 0) this.#handBody(false);
    return undefined;
  }

  /** The peer sends nothing more. */
  readEnd(): Fault | undefined {
    if (this.#phase === 'until_close') {
      this.#phase = 'start';
      this.#handBody(true);
      return undefined;
    }
    return this.#phase === 'start' || this.#phase === 'tunnel' || this.#phase === 'failed'
      ? undefined
      : Faults.EndOfInput;
  }

  #step(data: Buffer): Fault | undefined {
    switch (this.#phase) {
      case 'start':
        return this.#start(data);
      case 'empty_lines':
        return this.#emptyLines(data);
      case 'head':
        return this.#head(data);
      case 'length':
        return this.#length(data);
      case 'chunks':
        return this.#readChunks(data);
      case 'trailers':
        return this.#trailers(data);
      case 'failed':
        data.drain(data.length);
        return undefined;
      default:
        this.#body.move(data);
        return undefined;
    }
  }

  #start(data: Buffer): Fault | undefined {
    const slice = firstSlice(data);
    const byte = slice.memory[slice.start] as number;
    this.#afterCr = false;
    this.#phase = this.#limits.skipEmptyLines && isLineEnd(byte) ? 'empty_lines' : 'head';
    return this.#sink.onMessageBegin(byte);
  }

  /** They belong to the message that follows: its time runs from the first of them. */
  #emptyLines(data: Buffer): Fault | undefined {
    const { memory, start, end } = firstSlice(data);
    const { relaxedLines } = this.#limits;
    for (let at = start; at < end; at++) {
      const byte = memory[at] as number;
      if (!isLineEnd(byte)) {
        if (this.#afterCr && !relaxedLines) return Faults.BareCarriageReturn;
        data.drain(at - start);
        this.#phase = 'head';
        return byte <= space ? Faults.BadMethod : undefined;
      }
      if (!relaxedLines && (byte === lf) !== this.#afterCr) return lineFault(byte);
      this.#afterCr = byte === cr;
    }
    data.drain(end - start);
    return undefined;
  }

  #head(data: Buffer): Fault | undefined {
    if (this.#collector === undefined) {
      const slice = firstSlice(data);
      const { memory, start } = slice;
      const end = this.#wholeHead(memory, start, Math.min(slice.end, start + this.#limits.maxHeadersBytes));
      if (typeof end !== 'number') return end;
      if (end > 0) {
        data.drain(end - start);
        return this.#headFault;
      }
    }
    return this.#collectHead(data);
  }

  /** Reads a head that lies in `bytes[from, to)` from its beginning; index behind it, 0 when not all of it is there. */
  #wholeHead(bytes: Uint8Array, from: number, to: number): number | Fault {
    const lineEnd = endOfLine(bytes, from, to);
    if (lineEnd <= 0) return 0;
    const first = this.#sink.onFirstLine(bytes, from, lineEnd - 2);
    if (first === 'only_line') return this.#begun(bytes, 0, 0, lineEnd);
    if (first !== undefined) return first;
    const end = this.#fields.parse(bytes, lineEnd, to);
    if (end <= 0) return 0;
    return this.#begun(bytes, lineEnd, end, end);
  }

  /** Begins the body of the message whose fields were read. */
  #begun(bytes: Uint8Array, from: number, to: number, headEnd: number): number {
    if (to === 0) this.#fields.clear();
    const length = this.#sink.onFields(bytes, from, to);
    this.#headFault = undefined;
    if (typeof length === 'object') this.#headFault = length;
    else this.#beginBody(length);
    return headEnd;
  }

  #beginBody(length: BodyLength): void {
    if (typeof length === 'number') {
      this.#left = length;
      this.#phase = 'length';
      return;
    }
    switch (length) {
      case 'none':
        this.#phase = 'start';
        this.#sink.onMessageEnd();
        return;
      case 'chunked':
        this.#chunks ??= new ChunkReader(this.#limits.relaxedLines);
        this.#chunks.reset();
        this.#phase = 'chunks';
        return;
      default:
        this.#phase = length;
    }
  }

  #collectHead(data: Buffer): Fault | undefined {
    const { maxHeadersBytes, relaxedLines } = this.#limits;
    this.#collector ??= new BlockCollector(maxHeadersBytes, relaxedLines, true);
    const collector = this.#collector;
    data.drain(collector.take(data.sliceAt(0)));
    switch (collector.result) {
      case 'more':
        return undefined;
      case 'full':
        return Faults.HeadersTooLarge;
      case 'fault':
        return collector.fault;
      case 'first_line':
        return this.#checkFirstLine(collector);
      default:
        return this.#collectedHead(collector);
    }
  }

  #checkFirstLine(collector: BlockCollector): Fault | undefined {
    const line = this.#strict(collector.bytes);
    const found = this.#sink.onFirstLine(line, 0, line.length - 2);
    if (found !== 'only_line') return found;
    this.#collector = undefined;
    this.#begun(line, 0, 0, line.length);
    return this.#headFault;
  }

  #collectedHead(collector: BlockCollector): Fault | undefined {
    this.#collector = undefined;
    const bytes = this.#strict(collector.bytes);
    const lineEnd = endOfLine(bytes, 0, bytes.length);
    // Again, since other connections have used the line since.
    this.#sink.onFirstLine(bytes, 0, lineEnd - 2);
    const end = this.#fields.parse(bytes, lineEnd, bytes.length);
    if (end <= 0) return this.#fields.fault;
    this.#begun(bytes, lineEnd, end, end);
    return this.#headFault;
  }

  #strict(bytes: Uint8Array): Uint8Array {
    return this.#limits.relaxedLines ? strictLines(bytes) : bytes;
  }

  #length(data: Buffer): undefined {
    const bytes = Math.min(this.#left, data.length);
    this.#body.move(data, bytes);
    this.#left -= bytes;
    if (this.#left > 0) return;
    this.#phase = 'start';
    this.#handBody(true);
  }

  #readChunks(data: Buffer): Fault | undefined {
    const chunks = this.#chunks as ChunkReader;
    chunks.read(data, this.#body);
    if (chunks.isAtLast) this.#phase = 'trailers';
    else if (chunks.failedInLastLine && this.#body.length > 0) this.#handBody(false);
    return chunks.fault;
  }

  #trailers(data: Buffer): Fault | undefined {
    if (this.#collector === undefined) {
      const slice = data.sliceAt(0);
      if (slice[0] === cr && slice[1] === lf) {
        data.drain(2);
        return this.#endOfChunks();
      }
    }
    const { maxHeadersBytes, relaxedLines } = this.#limits;
    this.#collector ??= new BlockCollector(maxHeadersBytes, relaxedLines, false);
    const collector = this.#collector;
    data.drain(collector.take(data.sliceAt(0)));
    if (collector.result === 'more') return undefined;
    // What was read of the body goes on even when the trailers are bad.
    if (this.#body.length > 0) this.#handBody(false);
    if (collector.result === 'full') return Faults.TrailersTooLarge;
    return collector.result === 'fault' ? collector.fault : this.#collectedTrailers(collector);
  }

  #collectedTrailers(collector: BlockCollector): Fault | undefined {
    this.#collector = undefined;
    const bytes = this.#strict(collector.bytes);
    const end = this.#fields.parse(bytes, 0, bytes.length);
    if (end <= 0) return this.#fields.fault;
    if (this.#fields.lines.count === 0 || !this.#limits.enableTrailers) return this.#endOfChunks();
    const fault = this.#sink.onTrailers(bytes, 0, end);
    if (fault === undefined) this.#phase = 'start';
    return fault;
  }

  #endOfChunks(): undefined {
    this.#phase = 'start';
    this.#handBody(true);
  }

  #handBody(endOfMessage: boolean): void {
    this.#sink.onBody(this.#body, endOfMessage);
    if (this.#body.length > 0) this.#body.drain(this.#body.length);
  }
}

/** Where the buffer's first bytes lie, without making a view of them. */
function firstSlice(data: Buffer): Slice {
  if (data instanceof SliceBuffer) return data.nodeAt(0);
  const bytes = data.sliceAt(0);
  return new Slice(bytes, 0, bytes.length, undefined);
}

/** Index behind the CRLF of the line at `from`; 0 when it has none before `to`, or another line end. */
function endOfLine(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] !== cr && bytes[at] !== lf) at++;
  return at + 1 < to && bytes[at] === cr && bytes[at + 1] === lf ? at + 2 : 0;
}

/** CR or LF, alone or not. */
export function isLineEnd(byte: number): boolean {
  return byte === cr || byte === lf;
}

function lineFault(byte: number): Fault {
  return byte === lf ? Faults.BareLineFeed : Faults.BareCarriageReturn;
}
