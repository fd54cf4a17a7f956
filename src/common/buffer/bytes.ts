import { Buffer as Bytes } from 'node:buffer';

/** Methods that Node's buffers have for one encoding; they skip the look at the encoding's name. */
interface Latin1Methods {
  latin1Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
}

const methods = Bytes.prototype as unknown as Latin1Methods;

/** Up to here a loop is cheaper than a call into the runtime (bench/micro/bytes.bench.ts). */
const copyLoopBytes = 32;
const copyWordsBytes = 64;
const writeLoopChars = 12;

/** Memory of which words can be read and written at any place. */
export interface WordMemory {
  readonly bytes: Uint8Array;
  readonly words: DataView;
}

/** What `copyRun` may read and write behind the end of a run. */
export const wordSlack = 3;

/**
 * Copies `from[start, end)` to `to[at, …)`, four bytes at a time: up to `wordSlack` bytes behind the run are read, and
 * written, as well, so both memories must have them and the ones in `to` must be free.
 */
export function copyRun(from: WordMemory, start: number, end: number, to: WordMemory, at: number): void {
  if (end - start > copyWordsBytes) {
    copyBytes(from.bytes, start, end, to.bytes, at);
    return;
  }
  const source = from.words;
  const target = to.words;
  for (let i = start, j = at; i < end; i += 4, j += 4) target.setInt32(j, source.getInt32(i, true), true);
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
