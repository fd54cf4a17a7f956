import { Buffer as Bytes } from 'node:buffer';
import { randomFillSync } from 'node:crypto';
import type { Random } from '../../sdk/event.ts';
import { SystemRandom } from '../native/system-random.ts';

const wordsKept = 4096;
const low21Bits = 0x1f_ffff;
const two32 = 0x1_0000_0000;
const uuidsKept = 256;
const uuidBytes = 16;
const uuidChars = 36;

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
  /** One after the other. */
  #uuids = '';
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
    const at = this.#uuidsUsed++ * uuidChars;
    return this.#uuids.substring(at, at + uuidChars);
  }

  #fill(bytes: Uint8Array): void {
    if (this.#system?.fill(bytes) !== true) randomFillSync(bytes);
  }

  /** Many at once: a call into the runtime for each would cost more than all else about it. */
  #makeUuids(): void {
    const random = new Uint8Array(uuidsKept * uuidBytes);
    this.#fill(random);
    const text = Bytes.allocUnsafe(uuidsKept * uuidChars);
    for (let i = 0; i < uuidsKept; i++) writeUuid(random, i * uuidBytes, text, i * uuidChars);
    this.#uuids = text.toString('latin1');
    this.#uuidsUsed = 0;
  }
}

/** Both digits of a byte, the first one in the low half. */
const hexPairs = Uint16Array.from({ length: 256 }, (_, byte) => {
  const digits = byte.toString(16).padStart(2, '0');
  return digits.charCodeAt(0) | (digits.charCodeAt(1) << 8);
});
const dash = 0x2d;

/** RFC 9562, version 4, of sixteen random bytes. */
function writeUuid(random: Uint8Array, from: number, to: Uint8Array, position: number): void {
  random[from + 6] = ((random[from + 6] as number) & 0x0f) | 0x40;
  random[from + 8] = ((random[from + 8] as number) & 0x3f) | 0x80;
  writeHex(random, from, 4, to, position);
  writeHex(random, from + 4, 2, to, position + 9);
  writeHex(random, from + 6, 2, to, position + 14);
  writeHex(random, from + 8, 2, to, position + 19);
  writeHex(random, from + 10, 6, to, position + 24);
  to[position + 8] = dash;
  to[position + 13] = dash;
  to[position + 18] = dash;
  to[position + 23] = dash;
}

function writeHex(bytes: Uint8Array, from: number, length: number, to: Uint8Array, position: number): void {
  for (let i = 0; i < length; i++) {
    const pair = hexPairs[bytes[from + i] as number] as number;
    to[position + 2 * i] = pair & 0xff;
    to[position + 2 * i + 1] = pair >> 8;
  }
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
