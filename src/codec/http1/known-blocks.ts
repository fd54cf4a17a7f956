import { wordSlack } from '../../common/buffer/bytes.ts';
import type { HeadBlock, HeadMemory } from '../../common/headers/head-memory.ts';
import type { HeaderEntries } from '../../common/headers/header-entries.ts';
import { endOfValue, firstByteOf, isBlank } from './field-bytes.ts';
import { FieldLines } from './field-lines.ts';

/** CR LF CR LF, read little endian. */
const endOfBlock = 0x0a0d0a0d;
/** Lines that `changed` has bits for. */
const changeableLines = 31;
/** How many blocks a parser knows. */
const maxBlocks = 8;

/** A block of field lines that was read, of whatever connection, and what was found out about it. */
export class KnownBlock {
  lines: FieldLines;
  /** The kept bytes, and where the block begins among them. */
  head: HeadBlock;
  start: number;
  /** A bit for each line whose value is another one in the block that was compared last. */
  changed = 0;
  /** The map of such a block, for others to be made like it. */
  model: HeaderEntries | undefined = undefined;
  /** Its Host, if there is one, may be an authority. */
  hasGoodHost = false;
  /** A block was like it since it was last looked at for being replaced. */
  isUsed = false;

  constructor(lines: FieldLines, head: HeadBlock, start: number) {
    this.lines = lines;
    this.head = head;
    this.start = start;
  }

  /**
   * Whether the block that begins at `from` has the same lines at the same places: names, blanks and line ends byte for byte,
   * values of the same length, which may be others.
   */
  matches(bytes: Uint8Array, words: DataView, from: number, to: number): boolean {
    const last = from + this.lines.length - 4;
    if (last + 4 > to || words.getInt32(last, true) !== endOfBlock) return false;
    const knownWords = this.head.words;
    const shift = this.start - from;
    this.changed = 0;
    let at = from;
    while (true) {
      at = endOfSame(words, knownWords, at, shift, last - 3);
      if (at >= last) return true;
      const difference = words.getInt32(at, true) ^ knownWords.getInt32(at + shift, true);
      if (difference === 0) {
        at += 4;
        continue;
      }
      at = this.#behindValue(bytes, words, from, at + firstByteOf(difference));
      if (at < 0) return false;
    }
  }

  /** Index behind the value that is another one from `at` on; -1 when it is no value, or none that could stand there. */
  #behindValue(bytes: Uint8Array, words: DataView, from: number, at: number): number {
    const { lines } = this;
    let line = 0;
    while (line < lines.count && from + lines.valueEndAt(line) <= at) line++;
    if (line >= lines.count || line >= changeableLines) return -1;
    const start = from + lines.valueStartAt(line);
    const end = from + lines.valueEndAt(line);
    if (at < start || isBlank(bytes[start] as number) || isBlank(bytes[end - 1] as number)) return -1;
    this.changed |= 1 << line;
    return endOfValue(bytes, words, at, end) < end ? -1 : end;
  }

  /** Where the bytes of the block that was compared last are kept: where its own are, when none differs. */
  keep(heads: HeadMemory, bytes: Uint8Array, from: number): HeadBlock {
    return this.changed === 0 ? this.head : heads.keep(bytes, from, from + this.lines.length);
  }

  /** Index in what `keep` has answered at which the block begins. */
  startIn(kept: HeadBlock): number {
    return this.changed === 0 ? this.start : kept.used - this.lines.length;
  }

  /** Whether the line's value is another one in the block that was compared last. */
  isChanged(line: number): boolean {
    return line >= 0 && line < changeableLines && (this.changed & (1 << line)) !== 0;
  }

  /** How many bytes of `words` from `at` on are those of one of its lines, from the name on; at most to the value's end. */
  matchingBytes(line: number, words: DataView, at: number): number {
    const { lines } = this;
    if (line >= lines.count) return 0;
    const start = lines.nameStartAt(line);
    const length = lines.valueEndAt(line) - start;
    if (at + length + wordSlack > words.byteLength) return 0;
    const knownWords = this.head.words;
    const from = this.start + start;
    let i = 0;
    for (; i + 4 <= length; i += 4) if (words.getInt32(at + i, true) !== knownWords.getInt32(from + i, true)) return i;
    const rest = length - i;
    if (rest === 0) return i;
    const difference = words.getInt32(at + i, true) ^ knownWords.getInt32(from + i, true);
    return difference << (32 - 8 * rest) === 0 ? length : i;
  }
}

/**
 * Index below `to` from which eight bytes are not, as one number, what they are in the other memory, or else `to` or more.
 * Numbers that are equal have the same bytes but for zeros, and a block that was found good holds no zero bytes.
 */
function endOfSame(words: DataView, others: DataView, from: number, shift: number, to: number): number {
  let at = from;
  while (at < to && words.getFloat64(at, true) === others.getFloat64(at + shift, true)) at += 8;
  return at;
}

/**
 * The blocks of field lines that a parser read last and that were not like each other. Peers say mostly the same again: what
 * is equal, byte for byte, was looked at then.
 */
export class KnownBlocks {
  readonly #blocks: KnownBlock[] = [];
  #next = 0;
  /** The one that was read last. */
  last: KnownBlock | undefined = undefined;

  /** One that the block at `from` is like. */
  find(bytes: Uint8Array, words: DataView, from: number, to: number): KnownBlock | undefined {
    const { last } = this;
    if (last?.matches(bytes, words, from, to) === true) {
      last.isUsed = true;
      return last;
    }
    for (const known of this.#blocks) {
      if (known === last || !known.matches(bytes, words, from, to)) continue;
      known.isUsed = true;
      this.last = known;
      return known;
    }
    return undefined;
  }

  /** Takes `lines` over; lines that the parser may write instead. */
  add(lines: FieldLines, head: HeadBlock, start: number): FieldLines {
    if (this.#blocks.length < maxBlocks) {
      this.last = new KnownBlock(lines, head, start);
      this.#blocks.push(this.last);
      return new FieldLines();
    }
    const known = this.#toReplace();
    const free = known.lines;
    known.lines = lines;
    known.head = head;
    known.start = start;
    known.model = undefined;
    known.hasGoodHost = false;
    this.last = known;
    return free;
  }

  /** The next in turn that was of no use since its last turn. */
  #toReplace(): KnownBlock {
    while (true) {
      const known = this.#blocks[this.#next] as KnownBlock;
      this.#next = (this.#next + 1) % maxBlocks;
      if (!known.isUsed) return known;
      known.isUsed = false;
    }
  }
}
