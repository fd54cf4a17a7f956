import { wordSlack } from '../../common/buffer/bytes.ts';
import type { HeadBlock } from '../../common/headers/head-memory.ts';

/** Marks of one field line: id of the known name or -1, and where name and value begin and end. */
export const markStride = 5;
const nameStartMark = 1;
const nameEndMark = 2;
const valueStartMark = 3;
const valueEndMark = 4;

/**
 * The fields that a parser read last, of whatever connection. Peers say mostly the same again: what is equal, byte for byte,
 * to the line in the same place of the last head was looked at then.
 */
export class LastHead {
  #marks: Int32Array = new Int32Array(64 * markStride);
  #count = 0;
  #words: DataView = new DataView(new ArrayBuffer(0));
  /** From the marks to the bytes in `#words`. */
  #shift = 0;
  /** Marks that a parser has yet to hand over. */
  #pending: Int32Array | undefined = undefined;

  /** `marks` are those of the last head from now on; the parser reads them until it calls `takeOver`. */
  set(marks: Int32Array, count: number, block: HeadBlock, shift: number): void {
    this.#pending = marks;
    this.#count = count;
    this.#words = block.words;
    this.#shift = shift;
  }

  /** Before a parser writes marks again: where it may. */
  takeOver(marks: Int32Array): Int32Array {
    if (this.#pending === undefined) return marks;
    const free = this.#marks;
    this.#marks = this.#pending;
    this.#pending = undefined;
    return free;
  }

  /** How many bytes of `words` from `at` on are those of the line of the last head, from its name on; at most to the value's end. */
  matchingBytes(line: number, words: DataView, at: number): number {
    if (line >= this.#count) return 0;
    const mark = line * markStride;
    const start = this.#marks[mark + nameStartMark] as number;
    const length = (this.#marks[mark + valueEndMark] as number) - start;
    if (at + length + wordSlack > words.byteLength) return 0;
    const lastWords = this.#words;
    const from = start + this.#shift;
    let i = 0;
    for (; i + 4 <= length; i += 4) if (words.getInt32(at + i, true) !== lastWords.getInt32(from + i, true)) return i;
    const rest = length - i;
    if (rest === 0) return i;
    const difference = words.getInt32(at + i, true) ^ lastWords.getInt32(from + i, true);
    return difference << (32 - 8 * rest) === 0 ? length : i;
  }

  idAt(line: number): number {
    return this.#marks[line * markStride] as number;
  }

  nameLength(line: number): number {
    const mark = line * markStride;
    return (this.#marks[mark + nameEndMark] as number) - (this.#marks[mark + nameStartMark] as number);
  }

  /** From the beginning of the line. */
  valueOffset(line: number): number {
    const mark = line * markStride;
    return (this.#marks[mark + valueStartMark] as number) - (this.#marks[mark + nameStartMark] as number);
  }
}
