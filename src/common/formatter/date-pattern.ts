import type { CivilTime } from './civil-time.ts';
import { dateConversions, offset } from './date-conversions.ts';

/** Digits of a fraction of a second. */
export class SubsecondPart {
  readonly #digits: number | 'shortest';
  /** Of `%E*S`: the point is written with the digits, or not at all. */
  readonly #point: string;
  /** How many microseconds have the same text; many times are of the same millisecond. */
  readonly #sameMicros: number;
  #known = -1;
  #text = '';

  constructor(digits: number | 'shortest', point = '') {
    this.#digits = digits;
    this.#point = point;
    this.#sameMicros = typeof digits === 'number' && digits < 6 ? 10 ** (6 - digits) : 1;
  }

  /** @param micros of a second, whole */
  format(micros: number): string {
    const place = Math.floor(micros / this.#sameMicros);
    if (place !== this.#known) {
      this.#known = place;
      this.#text = this.#write(micros);
    }
    return this.#text;
  }

  #write(micros: number): string {
    const nanos = `${String(micros).padStart(6, '0')}000`;
    if (this.#digits !== 'shortest') return this.#point + nanos.slice(0, this.#digits);
    const short = nanos.replace(/0+$/, '');
    if (this.#point === '') return short === '' ? '0' : short;
    return short === '' ? '' : this.#point + short;
  }
}

type Part = SubsecondPart | ((time: CivilTime) => string);

/** Envoy's `%f` and `%1f`…`%9f`. */
const fraction = /%([1-9]?)f/y;
/** absl's additions. */
const abslPattern = /%(?:E([0-9]+|\*)([Sf])|E(4Y|\*z|z|T)|(:{1,3})z)/y;
/** strftime of the C library: flags, width, modifier, conversion. */
const conversionPattern = /%([-_0^#]*)([0-9]*)([EO]?)([a-zA-Z%+])/y;

/** A pattern as the parts that it is made of. */
export function parseDateFormat(pattern: string): Part[] {
  const parts: Part[] = [];
  for (let at = 0; at < pattern.length; ) {
    const percent = pattern.indexOf('%', at);
    const literal = pattern.slice(at, percent < 0 ? pattern.length : percent);
    if (literal !== '') parts.push(() => literal);
    if (percent < 0) break;
    at =
      parseFraction(pattern, percent, parts) ??
      parseAbsl(pattern, percent, parts) ??
      parseConversion(pattern, percent, parts);
  }
  return parts;
}

function match(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}

/** The index behind what was parsed; undefined when it is something else. */
function parseFraction(pattern: string, at: number, parts: Part[]): number | undefined {
  const found = match(fraction, pattern, at);
  if (found === null) return undefined;
  parts.push(new SubsecondPart(found[1] === '' ? 9 : Number(found[1])));
  return at + found[0].length;
}

function parseAbsl(pattern: string, at: number, parts: Part[]): number | undefined {
  const found = match(abslPattern, pattern, at);
  if (found === null) return undefined;
  const [whole, digits, unit, name, colons] = found;
  if (digits !== undefined) pushDigits(digits, unit === 'S', parts);
  else if (colons !== undefined) parts.push((time) => offset(time, colons.length));
  else if (name === 'T') parts.push(() => 'T');
  else if (name === '4Y') parts.push((time) => String(time.year).padStart(4, '0'));
  else parts.push((time) => offset(time, name === 'z' ? 1 : 2));
  return at + whole.length;
}

function pushDigits(digits: string, withSeconds: boolean, parts: Part[]): void {
  if (withSeconds) parts.push((time) => String(time.second).padStart(2, '0'));
  const count = digits === '*' ? 'shortest' : Math.min(Number(digits), 15);
  if (count !== 0) parts.push(new SubsecondPart(count, withSeconds ? '.' : ''));
}

function parseConversion(pattern: string, at: number, parts: Part[]): number {
  const found = match(conversionPattern, pattern, at);
  if (found === null) {
    parts.push(() => '%');
    return at + 1;
  }
  const [whole, flags = '', width = '', , letter = ''] = found;
  const conversion = dateConversions.get(letter);
  if (conversion === undefined) parts.push(() => whole.padStart(Number(width), ' '));
  else parts.push((time) => decorate(conversion(time), flags, width));
  return at + whole.length;
}

/** The C library's flags: '-' no padding, '_' with blanks, '0' with zeros, '^' upper case, '#' the other case. */
function decorate(
  { text, width: usual, pad: usualPad }: { readonly text: string; readonly width: number; readonly pad: string },
  flags: string,
  width: string,
): string {
  const padding = /[-_0](?=[^-_0]*$)/.exec(flags)?.[0];
  const pad = padding === '_' ? ' ' : padding === '0' ? '0' : usualPad;
  const cased = flags.includes('^') || flags.includes('#') ? text.toUpperCase() : text;
  if (padding === '-') return cased;
  return cased.padStart(width === '' ? usual : Number(width), pad);
}
