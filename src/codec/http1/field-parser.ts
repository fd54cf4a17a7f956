import { readLatin1 } from '../../common/buffer/bytes.ts';
import type { HeadBlock, LatinTexts } from '../../common/headers/head-memory.ts';
import type { HeaderEntries } from '../../common/headers/header-entries.ts';
import type { StatefulHeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { lowerNameByte, nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { type Fault, Faults } from './details.ts';
import { endOfValue, isBlank, isControl } from './field-bytes.ts';
import { FieldLines } from './field-lines.ts';
import { type KnownBlock, KnownBlocks } from './known-blocks.ts';

const lf = 0x0a;
const cr = 0x0d;
const colon = 0x3a;

const hostId = nameTable.idOf(HeaderNames.Host);
const authorityId = nameTable.idOf(HeaderNames.Authority);

export interface CollectOptions {
  /** Host goes to `:authority`, which is in the map already. */
  readonly hostIsAuthority: boolean;
  readonly dropUnderscores: boolean;
}

/** Larger blocks are read anew each time. */
const maxKnownBytes = 4096;

/**
 * Reads field lines up to the empty line in one pass, noting places only; no strings are made but of names that are not
 * known. One object serves all connections of a thread: of a block that is like one before it takes over what was noted.
 */
export class FieldParser {
  /** What was found in the block that was parsed last. */
  lines: FieldLines = new FieldLines();
  /** The block that it is like. */
  known: KnownBlock | undefined = undefined;
  /** Where it begins. */
  #from = 0;
  /** For blocks that are like no other. */
  #ownLines: FieldLines = this.lines;
  readonly #blocks = new KnownBlocks();
  /** The bytes, four at a time; connections read into few memories, so it hardly changes. */
  #words: DataView = new DataView(new ArrayBuffer(0));
  #bytesOfWords: Uint8Array = new Uint8Array(0);
  readonly #inlineIds: Uint8Array;
  /** Per known name: the block in which it was last seen. */
  readonly #seenIn = new Int32Array(nameTable.size);
  #block = 0;
  /** Set when `parse` returned -1. */
  fault: Fault = Faults.BadHeaderName;

  constructor(inlineNames: ReadonlySet<string>) {
    this.#inlineIds = new Uint8Array(nameTable.size);
    for (const name of inlineNames) {
      const id = nameTable.idOf(name);
      if (id >= 0) this.#inlineIds[id] = 1;
    }
    this.#inlineIds[hostId] = this.#inlineIds[nameTable.idOf(HeaderNames.Authority)] as number;
  }

  /** Index behind the empty line; 0 when it is not in `bytes[from, to)`; -1 when a line is bad (see `fault`). */
  parse(bytes: Uint8Array, from: number, to: number): number {
    if (this.#bytesOfWords !== bytes) this.#view(bytes);
    this.#from = from;
    this.known = this.#blocks.find(bytes, this.#words, from, to);
    if (this.known === undefined) return this.#parse(bytes, from, to);
    this.lines = this.known.lines;
    return from + this.lines.length;
  }

  #parse(bytes: Uint8Array, from: number, to: number): number {
    this.clear();
    let at = from;
    while (at < to) {
      const first = bytes[at] as number;
      if (first === cr) {
        if (at + 1 >= to) return 0;
        if (bytes[at + 1] !== lf) return this.#refuse(Faults.BareCarriageReturn);
        this.lines.length = at + 2 - from;
        return at + 2;
      }
      const next = this.#line(bytes, at, to);
      if (next <= 0) return next;
      at = next;
    }
    return 0;
  }

  /** Where a value begins in the bytes that were parsed. */
  valueStartAt(line: number): number {
    return this.#from + this.lines.valueStartAt(line);
  }

  valueEndAt(line: number): number {
    return this.#from + this.lines.valueEndAt(line);
  }

  /** A value as text. */
  valueAt(line: number, bytes: Uint8Array): string {
    return readLatin1(bytes, this.valueStartAt(line), this.valueEndAt(line));
  }

  #spelledNameAt(line: number, bytes: Uint8Array): string {
    return readLatin1(bytes, this.#from + this.lines.nameStartAt(line), this.#from + this.lines.nameEndAt(line));
  }

  /**
   * Adds the fields to the map, names in lower case; its base is where the block begins. A repeated header of the
   * single-value kind is joined to its first value. How many were dropped.
   */
  collect(headers: HeaderEntries, bytes: Uint8Array, texts: LatinTexts, options: CollectOptions): number {
    const { lines } = this;
    const from = this.#from;
    let dropped = 0;
    for (let line = 0; line < lines.count; line++) {
      let id = lines.idAt(line);
      const valueStart = lines.valueStartAt(line);
      const valueEnd = lines.valueEndAt(line);
      if (id === hostId && options.hostIsAuthority) {
        if (line === lines.hostLine) continue;
        id = authorityId;
      }
      if (id >= 0) {
        if (!this.#joins(headers, id, valueStart, valueEnd)) headers.addParsed(id, valueStart, valueEnd);
        continue;
      }
      const name = texts.readName(bytes, from + lines.nameStartAt(line), from + lines.nameEndAt(line));
      if (options.dropUnderscores && name.includes('_')) dropped++;
      else headers.addParsed(name, valueStart, valueEnd);
    }
    return dropped;
  }

  #joins(headers: HeaderEntries, id: number, valueStart: number, valueEnd: number): boolean {
    return this.lines.hasRepeats && this.#inlineIds[id] === 1 && headers.joinParsed(id, valueStart, valueEnd);
  }

  /** Whether a name holds an underscore; known names do not. */
  hasUnderscore(bytes: Uint8Array): boolean {
    for (let line = 0; line < this.lines.count; line++) {
      if (this.lines.idAt(line) < 0 && this.#spelledNameAt(line, bytes).includes('_')) return true;
    }
    return false;
  }

  noteNames(formatter: StatefulHeaderKeyFormatter, bytes: Uint8Array): void {
    for (let line = 0; line < this.lines.count; line++) formatter.processKey(this.#spelledNameAt(line, bytes));
  }

  /** The block, which is like none before, has been kept from `start` on: those that follow are compared with it. */
  remember(head: HeadBlock, start: number): void {
    const { count, length } = this.lines;
    if (count > 0 && length <= maxKnownBytes) this.#ownLines = this.#blocks.add(this.lines, head, start);
  }

  /** Whether the same Host has been found good in a block like this one. */
  get hostWasGood(): boolean {
    const { known } = this;
    return known?.hasGoodHost === true && !known.isChanged(known.lines.hostLine);
  }

  noteGoodHost(): void {
    const { known } = this;
    if (known === undefined || known.lines.hasRepeats || known.isChanged(known.lines.hostLine)) return;
    known.hasGoodHost = true;
  }

  /** Forgets the block. */
  clear(): void {
    this.known = undefined;
    this.lines = this.#ownLines;
    this.lines.clear();
    this.#block = (this.#block + 1) | 0;
  }

  /** Words of the bytes that were parsed last. */
  get words(): DataView {
    return this.#words;
  }

  #view(bytes: Uint8Array): void {
    this.#bytesOfWords = bytes;
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  #endOfName(bytes: Uint8Array, from: number, to: number): number {
    let at = from;
    while (at < to && lowerNameByte[bytes[at] as number] !== 0) at++;
    return at;
  }

  /** Takes the line at `at`; index of the next one, 0 when it is not complete, -1 when it is bad. */
  #line(bytes: Uint8Array, at: number, to: number): number {
    const { last } = this.#blocks;
    const line = this.lines.count;
    const same = last?.matchingBytes(line, this.#words, at) ?? 0;
    if (last !== undefined && same > 0) {
      const { lines } = last;
      const shift = at - lines.nameStartAt(line);
      const valueStart = shift + lines.valueStartAt(line);
      // The same name, and the value begins at the same place; what is the same of it holds nothing that it must not.
      if (at + same > valueStart)
        return this.#value(bytes, lines.idAt(line), at, shift + lines.nameEndAt(line), valueStart, at + same, to);
    }
    return this.#newLine(bytes, at, to);
  }

  #newLine(bytes: Uint8Array, at: number, to: number): number {
    const nameEnd = this.#endOfName(bytes, at, to);
    if (nameEnd >= to) return 0;
    if (bytes[nameEnd] !== colon || nameEnd === at) return this.#refuseName(bytes[nameEnd] as number, nameEnd === at);
    let start = nameEnd + 1;
    while (start < to && isBlank(bytes[start] as number)) start++;
    return this.#value(bytes, nameTable.find(bytes, at, nameEnd), at, nameEnd, start, start, to);
  }

  /** Takes the value at `start`, of which what is before `from` is known to be good; answers as `#line` does. */
  #value(
    bytes: Uint8Array,
    id: number,
    nameStart: number,
    nameEnd: number,
    start: number,
    from: number,
    to: number,
  ): number {
    const at = endOfValue(bytes, this.#words, from, to);
    if (at + 1 >= to && (at >= to || bytes[at] === cr)) return 0;
    if (bytes[at] !== cr) return this.#refuse(bytes[at] === lf ? Faults.BareLineFeed : Faults.BadCharacters);
    if (bytes[at + 1] !== lf) return this.#refuse(Faults.BareCarriageReturn);
    let end = at;
    while (end > start && isBlank(bytes[end - 1] as number)) end--;
    this.#mark(id, nameStart, nameEnd, start, end);
    return at + 2;
  }

  #mark(id: number, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const { lines } = this;
    const from = this.#from;
    lines.add(id, nameStart - from, nameEnd - from, valueStart - from, valueEnd - from);
    if (id < 0 || this.#inlineIds[id] !== 1) return;
    if (this.#seenIn[id] === this.#block) lines.hasRepeats = true;
    else this.#seenIn[id] = this.#block;
  }

  #refuseName(byte: number, empty: boolean): number {
    if (empty && isBlank(byte)) return this.#refuse(Faults.FoldedLine);
    if (byte === lf) return this.#refuse(Faults.BareLineFeed);
    if (byte === cr) return this.#refuse(Faults.MissingColon);
    if (isControl(byte)) return this.#refuse(Faults.BadCharacters);
    return this.#refuse(Faults.BadHeaderName);
  }

  #refuse(fault: Fault): number {
    this.fault = fault;
    return -1;
  }
}
