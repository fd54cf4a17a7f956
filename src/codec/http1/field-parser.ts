import { readLatin1 } from '../../common/buffer/bytes.ts';
import type { HeadBlock, LatinTexts } from '../../common/headers/head-memory.ts';
import type { HeaderEntries } from '../../common/headers/header-entries.ts';
import type { StatefulHeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { lowerNameByte, nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { type Fault, Faults } from './details.ts';
import { LastHead, markStride as stride } from './last-head.ts';

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const colon = 0x3a;
const del = 0x7f;

const contentLengthId = nameTable.idOf(HeaderNames.ContentLength);
const transferEncodingId = nameTable.idOf(HeaderNames.TransferEncoding);
const connectionId = nameTable.idOf(HeaderNames.Connection);
const upgradeId = nameTable.idOf(HeaderNames.Upgrade);
const hostId = nameTable.idOf(HeaderNames.Host);
const authorityId = nameTable.idOf(HeaderNames.Authority);

export interface CollectOptions {
  /** Host goes to `:authority`, which is in the map already. */
  readonly hostIsAuthority: boolean;
  readonly dropUnderscores: boolean;
}

/**
 * Reads field lines up to the empty line in one pass, noting places only; no strings are made but of names that are not
 * known. One object serves all connections of a thread: nothing is kept from one block to the next.
 */
export class FieldParser {
  /** Of each field line: id of the known name or -1, and where name and value lie. */
  #marks: Int32Array = new Int32Array(64 * stride);
  #count = 0;
  readonly #last = new LastHead();
  /** The bytes, four at a time; connections read into few memories, so it hardly changes. */
  #words: DataView = new DataView(new ArrayBuffer(0));
  #bytesOfWords: Uint8Array = new Uint8Array(0);
  readonly #inlineIds: Uint8Array;
  /** Per known name: the block in which it was last seen. */
  readonly #seenIn = new Int32Array(nameTable.size);
  #block = 0;

  /** Set when `parse` returned -1. */
  fault: Fault = Faults.BadHeaderName;
  /** Number of lines with the name, and the number of the last such line. */
  contentLengthCount = 0;
  contentLengthLine = -1;
  transferEncodingCount = 0;
  transferEncodingLine = -1;
  connectionLine = -1;
  upgradeLine = -1;
  hostLine = -1;
  /** A header of which there is one entry at most came twice: values are to be joined. */
  hasRepeats = false;
  #bytes = 0;

  constructor(inlineNames: ReadonlySet<string>) {
    this.#inlineIds = new Uint8Array(nameTable.size);
    for (const name of inlineNames) {
      const id = nameTable.idOf(name);
      if (id >= 0) this.#inlineIds[id] = 1;
    }
    this.#inlineIds[hostId] = this.#inlineIds[nameTable.idOf(HeaderNames.Authority)] as number;
  }

  /** What Envoy counts as header bytes: all names and values, and three a line; a block without lines counts as an empty one. */
  get countedBytes(): number {
    return this.#bytes === 0 ? 3 : this.#bytes;
  }

  get count(): number {
    return this.#count;
  }

  /** Index behind the empty line; 0 when it is not in `bytes[from, to)`; -1 when a line is bad (see `fault`). */
  parse(bytes: Uint8Array, from: number, to: number): number {
    this.clear();
    if (this.#bytesOfWords !== bytes) this.#view(bytes);
    let at = from;
    while (at < to) {
      const first = bytes[at] as number;
      if (first === cr) {
        if (at + 1 >= to) return 0;
        return bytes[at + 1] === lf ? at + 2 : this.#refuse(Faults.BareCarriageReturn);
      }
      const next = this.#line(bytes, at, to);
      if (next <= 0) return next;
      at = next;
    }
    return 0;
  }

  /** Known id of a line's name, or -1. */
  idAt(line: number): number {
    return this.#marks[line * stride] as number;
  }

  #spelledNameAt(line: number, bytes: Uint8Array): string {
    const at = line * stride;
    return readLatin1(bytes, this.#marks[at + 1] as number, this.#marks[at + 2] as number);
  }

  valueStartAt(line: number): number {
    return this.#marks[line * stride + 3] as number;
  }

  valueEndAt(line: number): number {
    return this.#marks[line * stride + 4] as number;
  }

  /** A value as text. */
  valueAt(line: number, bytes: Uint8Array): string {
    return readLatin1(bytes, this.valueStartAt(line), this.valueEndAt(line));
  }

  /**
   * Adds the fields to the map, names in lower case. A repeated header of the single-value kind is joined to its first
   * value. How many were dropped.
   * @param from index in `bytes` of what the map has at its base
   */
  collect(headers: HeaderEntries, bytes: Uint8Array, from: number, texts: LatinTexts, options: CollectOptions): number {
    const marks = this.#marks;
    let dropped = 0;
    for (let at = 0, end = this.#count * stride; at < end; at += stride) {
      let id = marks[at] as number;
      const valueStart = (marks[at + 3] as number) - from;
      const valueEnd = (marks[at + 4] as number) - from;
      if (id === hostId && options.hostIsAuthority) {
        if (at === this.hostLine * stride) continue;
        id = authorityId;
      }
      if (id >= 0) {
        if (!this.#joins(headers, id, valueStart, valueEnd)) headers.addParsed(id, valueStart, valueEnd);
        continue;
      }
      const name = texts.readName(bytes, marks[at + 1] as number, marks[at + 2] as number);
      if (options.dropUnderscores && name.includes('_')) dropped++;
      else headers.addParsed(name, valueStart, valueEnd);
    }
    return dropped;
  }

  #joins(headers: HeaderEntries, id: number, valueStart: number, valueEnd: number): boolean {
    return this.hasRepeats && this.#inlineIds[id] === 1 && headers.joinParsed(id, valueStart, valueEnd);
  }

  /** Whether a name holds an underscore; known names do not. */
  hasUnderscore(bytes: Uint8Array): boolean {
    for (let line = 0; line < this.#count; line++) {
      if (this.idAt(line) < 0 && this.#spelledNameAt(line, bytes).includes('_')) return true;
    }
    return false;
  }

  noteNames(formatter: StatefulHeaderKeyFormatter, bytes: Uint8Array): void {
    for (let line = 0; line < this.#count; line++) formatter.processKey(this.#spelledNameAt(line, bytes));
  }

  /** The bytes of the fields have been kept, at `shift` from where they lay: the next head is compared with them. */
  remember(block: HeadBlock, shift: number): void {
    this.#last.set(this.#marks, this.#count, block, shift);
  }

  /** Forgets the block. */
  clear(): void {
    this.#marks = this.#last.takeOver(this.#marks);
    this.#count = 0;
    this.#block = (this.#block + 1) | 0;
    this.contentLengthCount = 0;
    this.contentLengthLine = -1;
    this.transferEncodingCount = 0;
    this.transferEncodingLine = -1;
    this.connectionLine = -1;
    this.upgradeLine = -1;
    this.hostLine = -1;
    this.hasRepeats = false;
    this.#bytes = 0;
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
    const last = this.#last;
    const line = this.#count;
    const same = last.matchingBytes(line, this.#words, at);
    if (same > 0) {
      const valueStart = at + last.valueOffset(line);
      // The same name, and the value begins at the same place; what is the same of it holds nothing that it must not.
      if (at + same > valueStart)
        return this.#value(bytes, last.idAt(line), at, at + last.nameLength(line), valueStart, at + same, to);
    }
    return this.#newLine(bytes, at, to);
  }

  #newLine(bytes: Uint8Array, at: number, to: number): number {
    const nameEnd = this.#endOfName(bytes, at, to);
    if (nameEnd >= to) return 0;
    if (bytes[nameEnd] !== colon || nameEnd === at) return this.#refuseName(bytes[nameEnd] as number, nameEnd === at);
    let start = nameEnd + 1;
    while (start < to && (bytes[start] === space || bytes[start] === tab)) start++;
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
    const at = this.#endOfValue(bytes, from, to);
    if (at + 1 >= to && (at >= to || bytes[at] === cr)) return 0;
    if (bytes[at] !== cr) return this.#refuse(bytes[at] === lf ? Faults.BareLineFeed : Faults.BadCharacters);
    if (bytes[at + 1] !== lf) return this.#refuse(Faults.BareCarriageReturn);
    let end = at;
    while (end > start && (bytes[end - 1] === space || bytes[end - 1] === tab)) end--;
    this.#mark(id, nameStart, nameEnd, start, end);
    return at + 2;
  }

  /** Index of the first byte from `from` on that no value may hold, in good messages the CR. */
  #endOfValue(bytes: Uint8Array, from: number, to: number): number {
    const words = this.#words;
    let at = from;
    while (at + 4 <= to) {
      const word = words.getInt32(at, true);
      // Four bytes at once: is one of them below 0x20, or 0x7f? The first one that is has the lowest bit that is set.
      const controls = ((word - 0x20202020) | 0) & ~word;
      const dels = (((word ^ 0x7f7f7f7f) - 0x01010101) | 0) & ~(word ^ 0x7f7f7f7f);
      const found = (controls | dels) & 0x80808080;
      if (found === 0) {
        at += 4;
        continue;
      }
      at += (31 - Math.clz32(found & -found)) >> 3;
      if (bytes[at] !== tab) return at;
      at++;
    }
    while (at < to && !isControl(bytes[at] as number)) at++;
    return at;
  }

  #mark(id: number, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const line = this.#count++;
    const at = line * stride;
    if (at === this.#marks.length) this.#grow();
    const marks = this.#marks;
    marks[at] = id;
    marks[at + 1] = nameStart;
    marks[at + 2] = nameEnd;
    marks[at + 3] = valueStart;
    marks[at + 4] = valueEnd;
    this.#bytes += nameEnd - nameStart + valueEnd - valueStart + 3;
    if (id < 0) return;
    if (id <= upgradeId) this.#noteSpecial(id, line);
    if (this.#inlineIds[id] === 1) {
      if (this.#seenIn[id] === this.#block) this.hasRepeats = true;
      else this.#seenIn[id] = this.#block;
    }
  }

  #noteSpecial(id: number, line: number): void {
    if (id === hostId) {
      if (this.hostLine < 0) this.hostLine = line;
    } else if (id === contentLengthId) {
      this.contentLengthCount++;
      this.contentLengthLine = line;
    } else if (id === transferEncodingId) {
      this.transferEncodingCount++;
      this.transferEncodingLine = line;
    } else if (id === connectionId) {
      this.connectionLine = line;
    } else if (id === upgradeId) {
      this.upgradeLine = line;
    }
  }

  #grow(): void {
    const larger = new Int32Array(this.#marks.length * 2);
    larger.set(this.#marks);
    this.#marks = larger;
  }

  #refuseName(byte: number, empty: boolean): number {
    if (empty && (byte === space || byte === tab)) return this.#refuse(Faults.FoldedLine);
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

function isControl(byte: number): boolean {
  return (byte < space && byte !== tab) || byte === del;
}
