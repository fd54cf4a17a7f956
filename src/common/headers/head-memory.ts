import { Buffer as Bytes } from 'node:buffer';
import { copyBytes, readLatin1, type WordMemory, wordSlack } from '../buffer/bytes.ts';
import { lowerNameByte } from './name-table.ts';

/** So large that a block serves dozens of heads, so small that a stream which lasts keeps little alive. */
const blockBytes = 8192;
/** Texts up to this long are looked for among those that were read before. */
const maxRememberedBytes = 64;
const rememberedTexts = 1024;
const rememberedNames = 256;
const wordBytes = 4;

/** Four bytes from `at` on, those behind `end` being 0. */
function wordAt(words: DataView, at: number, end: number): number {
  const word = words.getInt32(at, true);
  return end - at >= wordBytes ? word : word & ((1 << ((end - at) << 3)) - 1);
}

/**
 * Strings for bytes: the same bytes come again and again (hosts, paths, user agents), so most are found by comparison and
 * no string is made. Tables of fixed size; a text that is new takes the place of another.
 */
export class LatinTexts {
  readonly #texts: string[] = new Array(rememberedTexts).fill('');
  /** Their bytes, with 0 behind them. */
  readonly #words = new DataView(new ArrayBuffer(rememberedTexts * maxRememberedBytes));
  readonly #names: string[] = new Array(rememberedNames).fill('');

  /** @param words the same memory, which must have `wordSlack` bytes behind the text */
  read(bytes: Uint8Array, words: DataView, start: number, end: number): string {
    const length = end - start;
    if (length > maxRememberedBytes) return readLatin1(bytes, start, end);
    let hash = length;
    for (let i = start; i < end; i = (i + wordBytes) | 0) hash = Math.imul(hash ^ wordAt(words, i, end), 0x9e37_79b1);
    const place = (hash ^ (hash >>> 15)) & (rememberedTexts - 1);
    const known = this.#texts[place] as string;
    if (known.length === length && this.#isAt(place, words, start, end)) return known;
    return this.#keep(place, bytes, words, start, end);
  }

  #isAt(place: number, words: DataView, start: number, end: number): boolean {
    const known = this.#words;
    const shift = place * maxRememberedBytes - start;
    for (let i = start; i < end; i = (i + wordBytes) | 0) {
      if (known.getInt32(i + shift, true) !== wordAt(words, i, end)) return false;
    }
    return true;
  }

  #keep(place: number, bytes: Uint8Array, words: DataView, start: number, end: number): string {
    const text = readLatin1(bytes, start, end);
    const shift = place * maxRememberedBytes - start;
    for (let i = start; i < end; i += wordBytes) this.#words.setInt32(i + shift, wordAt(words, i, end), true);
    this.#texts[place] = text;
    return text;
  }

  /** The same for a header name, in lower case. */
  readName(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    let hash = length;
    for (let i = start; i < end; i++) hash = (hash * 31 + (lowerNameByte[bytes[i] as number] as number)) | 0;
    const place = (hash ^ (hash >> 10)) & (rememberedNames - 1);
    const known = this.#names[place] as string;
    if (known.length === length && isName(bytes, start, known)) return known;
    const text = readLatin1(bytes, start, end).toLowerCase();
    if (length <= maxRememberedBytes) this.#names[place] = text;
    return text;
  }
}

function isName(bytes: Uint8Array, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i++) {
    if (lowerNameByte[bytes[start + i] as number] !== name.charCodeAt(i)) return false;
  }
  return true;
}

/** Bytes of heads, as long as the header maps that were made of them live. */
export class HeadBlock implements WordMemory {
  readonly bytes: Bytes;
  readonly words: DataView;
  readonly texts: LatinTexts;
  used = 0;

  constructor(bytes: number, texts: LatinTexts) {
    this.bytes = Bytes.allocUnsafeSlow(bytes + wordSlack);
    this.words = new DataView(this.bytes.buffer);
    this.texts = texts;
  }
}

/** Keeps the heads that one thread's connections receive: filled front to back, left to the garbage collector when full. */
export class HeadMemory {
  readonly texts = new LatinTexts();
  #block = new HeadBlock(blockBytes, this.texts);

  /** Copies `bytes[from, to)` to the end of what the block that it answers has in use. */
  keep(bytes: Uint8Array, from: number, to: number): HeadBlock {
    const length = to - from;
    let block = this.#block;
    if (block.bytes.length - wordSlack - block.used < length) {
      block = new HeadBlock(Math.max(blockBytes, length), this.texts);
      if (length < blockBytes) this.#block = block;
    }
    copyBytes(bytes, from, to, block.bytes, block.used);
    block.used += length;
    return block;
  }
}
