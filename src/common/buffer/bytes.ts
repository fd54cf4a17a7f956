import { Buffer as Bytes } from 'node:buffer';

/** Methods that Node's buffers have for one encoding; they skip the look at the encoding's name. */
interface Latin1Methods {
  latin1Write(text: string, offset: number, length: number): number;
  latin1Slice(start: number, end: number): string;
}

const methods = Bytes.prototype as unknown as Latin1Methods;

/** Up to here a loop is cheaper than a call into the runtime. */
const copyLoopBytes = 96;
const writeLoopChars = 48;

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
