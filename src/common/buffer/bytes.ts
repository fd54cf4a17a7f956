import { Buffer as Bytes } from 'node:buffer';

/** Methods that Node's buffers have for one encoding; they skip the look at the encoding's name. */
interface Latin1Methods {
  latin1Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
}

const methods = Bytes.prototype as unknown as Latin1Methods;

/** Up to here a loop is cheaper than a call into the runtime (bench/micro/bytes.bench.ts). */
const copyLoopBytes = 32;
const copyWordsBytes = 256;
const writeLoopChars = 12;

/** Memory of which words can be read and written at any place. */
export interface WordMemory {
  readonly bytes: Uint8Array;
  readonly words: DataView;
}

/** What `copyWords` may read and write behind the end of a run. */
export const wordSlack = 7;

/**
 * Copies `from[start, end)` to `to[at, …)`, eight bytes at a time: up to `wordSlack` bytes behind the run are read, and
 * written, as well, so both memories must have them and the ones in `to` must be free. For runs of up to some 200 bytes.
 */
export function copyWords(from: DataView, start: number, end: number, to: DataView, at: number): void {
  // Optimised code makes no BigInt of it.
  for (let i = start, j = at; i < end; i = (i + 8) | 0, j = (j + 8) | 0)
    to.setBigInt64(j, from.getBigInt64(i, true), true);
}

/** The same for runs of any length. */
export function copyRun(from: WordMemory, start: number, end: number, to: WordMemory, at: number): void {
  if (end - start > copyWordsBytes) copyBytes(from.bytes, start, end, to.bytes, at);
  else copyWords(from.words, start, end, to.words, at);
}

export function copyBytes(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start <= copyLoopBytes) {
    for (let i = start, j = at; i < end; i++, j++) to[j] = from[i] as number;
  } else if (start === 0 && end === from.length) {
    to.set(from, at);
  } else {
    Bytes.prototype.copy.call(from as Bytes, to, at, start, end);
  }
}

/** Writes the low eight bits of each character. */
export function writeLatin1(text: string, to: Uint8Array, at: number): void {
  const length = text.length;
  if (length <= writeLoopChars) {
    for (let i = 0; i < length; i++) to[at + i] = text.charCodeAt(i);
  } else {
    methods.latin1Write.call(to, text, at, length);
  }
}

export function readLatin1(from: Uint8Array, start: number, end: number): string {
  return methods.latin1Slice.call(from, start, end);
}
