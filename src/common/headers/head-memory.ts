import { Buffer as Bytes } from 'node:buffer';
import { copyBytes, readLatin1, type WordMemory, wordSlack } from '../buffer/bytes.ts';
import { lowerNameByte } from './name-table.ts';

/** So large that a block serves dozens of heads, so small that a stream which lasts keeps little alive. */
const blockBytes = 8192;
/** Texts up to this long are looked for among those that were read before. */
const maxRememberedBytes = 64;
const rememberedTexts = 1024;

/**
 * Strings for bytes: the same bytes come again and again (hosts, paths, user agents), so most are found by comparison and
 * no string is made. A table of fixed size; a text that is new takes the place of another.
 */
export class LatinTexts {
  readonly #texts: string[] = new Array(rememberedTexts).fill('');

  read(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length > maxRememberedBytes) return readLatin1(bytes, start, end);
    let hash = length;
    for (let i = start; i < end; i++) hash = (hash * 31 + (bytes[i] as number)) | 0;
    const place = (hash ^ (hash >> 10)) & (rememberedTexts - 1);
    const known = this.#texts[place] as string;
    if (known.length === length && isText(bytes, start, known)) return known;
    const text = readLatin1(bytes, start, end);
    this.#texts[place] = text;
    return text;
  }

  /** The same for a header name, in lower case. */
  readName(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    let hash = length;
    for (let i = start; i < end; i++) hash = (hash * 31 + (lowerNameByte[bytes[i] as number] as number)) | 0;
    const place = (hash ^ (hash >> 10)) & (rememberedTexts - 1);
    const known = this.#texts[place] as string;
    if (known.length === length && isName(bytes, start, known)) return known;
    const text = readLatin1(bytes, start, end).toLowerCase();
    if (length <= maxRememberedBytes) this.#texts[place] = text;
    return text;
  }
}

function isText(bytes: Uint8Array, start: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[start + i] !== text.charCodeAt(i)) return false;
  return true;
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
