import { readLatin1 } from '../../common/buffer/bytes.ts';
import { isToken } from './chars.ts';
import { type Fault, Faults } from './details.ts';
import { isControl } from './field-bytes.ts';
import { knownMethods } from './methods.ts';
import { isTargetValid } from './request-target.ts';

const space = 0x20;
const slash = 0x2f;
const letterP = 0x50;
const lastPrintable = 0x7e;
const zero = 0x30;

/** The three words of a request or status line; anything up to a space counts as space, as in Envoy's parser. */
export class FirstLine {
  first = '';
  second = '';
  /** The rest of the line. */
  third = '';
  /**
   * The line is a request for a path in HTTP/1.1, single spaces, with nothing that could be wrong but the method.
   * `second` is then empty: the target stays where it is.
   */
  isPlain = false;
  /** Of a plain line. */
  targetStart = 0;
  targetEnd = 0;

  /** Splits `bytes[from, to)`, the line without its line end. */
  read(bytes: Uint8Array, from: number, to: number): void {
    const firstEnd = endOfWord(bytes, from, to);
    this.first = readMethod(bytes, from, firstEnd);
    if (this.first !== 'CONNECT' && this.#readPlain(bytes, firstEnd + 1, to)) return;
    this.isPlain = false;
    const second = endOfSpace(bytes, firstEnd, to);
    const secondEnd = endOfWord(bytes, second, to);
    const third = endOfSpace(bytes, secondEnd, to);
    let end = to;
    while (end > third && (bytes[end - 1] as number) <= space) end--;
    this.second = second === secondEnd ? '' : readLatin1(bytes, second, secondEnd);
    this.third = isHttp11(bytes, third, end) ? http11 : third === end ? '' : readLatin1(bytes, third, end);
  }

  /**
   * Reads `HTTP/1.1 200 OK` and its like; the status. 0 when the line is of another form, to be read with `read` then.
   * The reason is left out.
   */
  readPlainStatus(bytes: Uint8Array, from: number, to: number): number {
    const at = from + http11.length + 1;
    if (at + 4 > to || bytes[at - 1] !== space || bytes[at + 3] !== space) return 0;
    if (!startsWithHttp11(bytes, from) || hasControls(bytes, at + 4, to)) return 0;
    const hundreds = (bytes[at] as number) - zero;
    const tens = (bytes[at + 1] as number) - zero;
    const ones = (bytes[at + 2] as number) - zero;
    if (hundreds < 1 || hundreds > 9 || tens < 0 || tens > 9 || ones < 0 || ones > 9) return 0;
    this.first = http11;
    return hundreds * 100 + tens * 10 + ones;
  }

  #readPlain(bytes: Uint8Array, from: number, to: number): boolean {
    const end = to - http11.length - 1;
    if (end <= from || bytes[from - 1] !== space || bytes[from] !== slash || bytes[end] !== space) return false;
    for (let i = from; i < end; i++) {
      const byte = bytes[i] as number;
      if (byte <= space || byte > lastPrintable) return false;
    }
    if (!isHttp11(bytes, end + 1, to)) return false;
    this.isPlain = true;
    this.second = '';
    this.targetStart = from;
    this.targetEnd = end;
    this.third = http11;
    return true;
  }
}

export const http11 = 'HTTP/1.1';

/** The usual methods are told by length and first byte, so that no string is made of them. */
function readMethod(bytes: Uint8Array, from: number, to: number): string {
  const likely = usualMethods[(to - from) * 2 + ((bytes[from] as number) === letterP ? 1 : 0)];
  return likely !== undefined && likely !== '' && isText(bytes, from, likely) ? likely : readLatin1(bytes, from, to);
}

/** By length times two, plus one for those with P. */
const usualMethods: readonly string[] = [
  '',
  '',
  '',
  '',
  '',
  '',
  'GET',
  'PUT',
  'HEAD',
  'POST',
  '',
  'PATCH',
  'DELETE',
  '',
];

function isText(bytes: Uint8Array, from: number, text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    if (bytes[from + i] !== text.charCodeAt(i)) return false;
  }
  return true;
}

function isHttp11(bytes: Uint8Array, from: number, to: number): boolean {
  return to - from === http11.length && startsWithHttp11(bytes, from);
}

/** `HTTP/1.1` byte by byte: every message has it, and a loop over a text takes three times as long. */
function startsWithHttp11(bytes: Uint8Array, at: number): boolean {
  return (
    bytes[at] === 0x48 &&
    bytes[at + 1] === 0x54 &&
    bytes[at + 2] === 0x54 &&
    bytes[at + 3] === 0x50 &&
    bytes[at + 4] === slash &&
    bytes[at + 5] === 0x31 &&
    bytes[at + 6] === 0x2e &&
    bytes[at + 7] === 0x31
  );
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
export function isVersion(text: string): boolean {
  return text === http11 || /^HTTP\/\d\.\d$/.test(text);
}

/** A control byte or DEL anywhere in the line (TAB is taken for a space). */
function hasControls(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    if (isControl(bytes[i] as number)) return true;
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
  if (!line.isPlain && hasControls(bytes, from, to)) return Faults.BadCharacters;
  if (!(knownMethods.has(line.first) || (allowCustomMethods && isToken(line.first)))) return Faults.BadMethod;
  if (line.isPlain) return undefined;
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
