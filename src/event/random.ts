import { Buffer as Bytes } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import type { Random } from '../../sdk/event.ts';
import { SystemRandom } from '../native/system-random.ts';

const wordsKept = 4096;
const low21Bits = 0x1f_ffff;
const two32 = 0x1_0000_0000;
const uuidsKept = 256;
/** Of 16 bits. */
const uuidUnits = 8;
/** With the quotes around it and the comma or bracket before. */
const quotedChars = 39;

/** 53 bits of two random words. */
function joinWords(high: number, low: number): number {
  return (high & low21Bits) * two32 + (low >>> 0);
}

/** From the operating system, fetched in blocks. */
export class RealRandom implements Random {
  /** Node:crypto is seeded from it too: to load that takes longer than a thread has for its start, so it comes second. */
  readonly #system = SystemRandom.open();
  readonly #words = new Uint32Array(wordsKept);
  readonly #wordBytes = new Uint8Array(this.#words.buffer);
  #used = wordsKept;
  #uuids: readonly string[] = [];
  #uuidsUsed = uuidsKept;

  random(): number {
    if (this.#used === wordsKept) {
      this.#fill(this.#wordBytes);
      this.#used = 0;
    }
    const high = this.#words[this.#used++] as number;
    return joinWords(high, this.#words[this.#used++] as number);
  }

  uuid(): string {
    if (this.#uuidsUsed === uuidsKept) this.#makeUuids();
    return this.#uuids[this.#uuidsUsed++] as string;
  }

  #fill(bytes: Uint8Array): void {
    if (this.#system?.fill(bytes) !== true) randomFillSync(bytes);
  }

  /**
   * Many at once: a call into the runtime for each would cost more than all else about it. As JSON, since pieces of a longer
   * text would stay pieces of it, which are written into buffers one character after the other.
   */
  #makeUuids(): void {
    const random = new Uint16Array(uuidsKept * uuidUnits);
    this.#fill(new Uint8Array(random.buffer));
    const text = Bytes.alloc(uuidsKept * quotedChars + 1, '"');
    const words = new DataView(text.buffer, text.byteOffset, text.length);
    for (let i = 0; i < uuidsKept; i++) {
      const at = i * quotedChars;
      text[at] = i === 0 ? openBracket : comma;
      writeUuid(random, i * uuidUnits, words, at + 2);
    }
    text[text.length - 1] = closeBracket;
    this.#uuids = JSON.parse(text.toString('latin1'));
    this.#uuidsUsed = 0;
  }
}

const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;
const dash = 0x2d;
const fourDigits = 0x3030_3030;
/** From the digit that would follow 9 to the letter a. */
const toLetters = 39;

/** Four hexadecimal digits of 16 bits, as a word in the order in which they are read. */
function hexWord(bits: number): number {
  const pairs = ((bits & 0xff00) << 8) | (bits & 0xff);
  const digits = ((pairs << 4) & 0x0f00_0f00) | (pairs & 0x000f_000f);
  const letters = ((digits + 0x0606_0606) >> 4) & 0x0101_0101;
  return fourDigits + digits + letters * toLetters;
}

/** RFC 9562, version 4, of eight random units. */
function writeUuid(random: Uint16Array, from: number, to: DataView, at: number): void {
  const unit = (index: number) => random[from + index] as number;
  to.setInt32(at, hexWord(unit(0)));
  to.setInt32(at + 4, hexWord(unit(1)));
  to.setUint8(at + 8, dash);
  to.setInt32(at + 9, hexWord(unit(2)));
  to.setUint8(at + 13, dash);
  to.setInt32(at + 14, hexWord((unit(3) & 0x0fff) | 0x4000));
  to.setUint8(at + 18, dash);
  to.setInt32(at + 19, hexWord((unit(4) & 0x3fff) | 0x8000));
  to.setUint8(at + 23, dash);
  to.setInt32(at + 24, hexWord(unit(5)));
  to.setInt32(at + 28, hexWord(unit(6)));
  to.setInt32(at + 32, hexWord(unit(7)));
}

/** The same numbers for the same seed, on every machine: sfc32 (Doty-Humphrey's Small Fast Counter). */
export class SeededRandom implements Random {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  constructor(seed: number) {
    this.#a = seed | 0;
    this.#b = Math.floor(seed / two32) | 0;
    this.#c = 0x9e37_79b9;
    for (let i = 0; i < 12; i++) this.#word();
  }

  random(): number {
    const high = this.#word();
    return joinWords(high, this.#word());
  }

  uuid(): string {
    const hex = Array.from({ length: 4 }, () => (this.#word() >>> 0).toString(16).padStart(8, '0')).join('');
    const variant = '89ab'[this.#word() & 3];
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `4${hex.slice(13, 16)}`,
      `${variant}${hex.slice(17, 20)}`,
      hex.slice(20),
    ].join('-');
  }

  #word(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = ((this.#c << 21) | (this.#c >>> 11)) + sum;
    return sum;
  }
}
