import { readLatin1 } from '../../common/buffer/bytes.ts';
import { isToken } from './chars.ts';
import { type Fault, Faults } from './details.ts';
import { knownMethods } from './methods.ts';
import { isTargetValid } from './request-target.ts';

const space = 0x20;
const letterG = 0x47;

/** The three words of a request or status line; anything up to a space counts as space, as in Envoy's parser. */
export class FirstLine {
  first = '';
  second = '';
  /** The rest of the line. */
  third = '';

  /** Splits `bytes[from, to)`, the line without its line end. */
  read(bytes: Uint8Array, from: number, to: number): void {
    const firstEnd = endOfWord(bytes, from, to);
    const second = endOfSpace(bytes, firstEnd, to);
    const secondEnd = endOfWord(bytes, second, to);
    const third = endOfSpace(bytes, secondEnd, to);
    let end = to;
    while (end > third && (bytes[end - 1] as number) <= space) end--;
    this.first =
      firstEnd - from === 3 && bytes[from] === letterG ? readGet(bytes, from) : readLatin1(bytes, from, firstEnd);
    this.second = second === secondEnd ? '' : readLatin1(bytes, second, secondEnd);
    this.third = isHttp11(bytes, third, end) ? http11 : third === end ? '' : readLatin1(bytes, third, end);
  }
}

export const http11 = 'HTTP/1.1';

/** Almost all requests are GET: no string is made for them. */
function readGet(bytes: Uint8Array, from: number): string {
  return bytes[from + 1] === 0x45 && bytes[from + 2] === 0x54 ? 'GET' : readLatin1(bytes, from, from + 3);
}

function isHttp11(bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from !== http11.length) return false;
  for (let i = 0; i < http11.length; i++) {
    if (bytes[from + i] !== http11.charCodeAt(i)) return false;
  }
  return true;
}

function endOfWord(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (bytes[at] as number) > space) at++;
  return at;
}

function endOfSpace(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (bytes[at] as number) <= space) at++;
  return at;
}

/** `HTTP/` digit `.` digit. */
function isVersion(text: string): boolean {
  return text === http11 || /^HTTP\/\d\.\d$/.test(text);
}

/** A control byte or DEL anywhere in the line (TAB is taken for a space). */
function hasControls(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = bytes[i] as number;
    if ((byte < space && byte !== 0x09) || byte === 0x7f) return true;
  }
  return false;
}

/** What is wrong with a request line. An empty version is HTTP/0.9, which the caller answers as any old version. */
export function checkRequestLine(
  line: FirstLine,
  bytes: Uint8Array,
  from: number,
  to: number,
  allowCustomMethods: boolean,
): Fault | undefined {
  if (hasControls(bytes, from, to)) return Faults.BadCharacters;
  if (!(knownMethods.has(line.first) || (allowCustomMethods && isToken(line.first)))) return Faults.BadMethod;
  if (!isTargetValid(line.second, line.first === 'CONNECT')) return Faults.BadUrl;
  return line.third === '' || isVersion(line.third) ? undefined : Faults.BadVersion;
}

/** The status, or what is wrong with the line. */
export function readStatusLine(line: FirstLine, bytes: Uint8Array, from: number, to: number): number | Fault {
  if (hasControls(bytes, from, to)) return Faults.BadCharacters;
  if (!isVersion(line.first)) return Faults.BadVersion;
  const digits = /^\+?0*(\d{1,4})$/.exec(line.second)?.[1];
  return digits === undefined ? Faults.BadStatus : Number(digits);
}
