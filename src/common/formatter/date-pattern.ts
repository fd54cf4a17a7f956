import type { CivilTime } from './civil-time.ts';
import { type DateConversion, dateConversions, offset } from './date-conversions.ts';

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

/** Envoy's `%f` and `%1f`…`%9f`, which it looks for before anything else: also behind another `%`. */
const fraction = /%([1-9]?)f/;
/** absl's additions. */
const abslPattern = /%(?:E([0-9]+|\*)([Sf])|E(4Y|\*z|z|T)|(:{1,3})z)/y;
/** strftime of the C library: flags, width, modifier, conversion; at the end without the latter. */
const conversionPattern = /%([-_0^#]*)([0-9]*)([EO]?)(.?)/sy;
/** Conversions that modifiers leave as they are; with others they are none. */
const modified: Readonly<Record<string, string>> = { E: 'cprstuxyzCPRTXYZ%', O: 'bdeghjklmprstuwyBCGHIMPRSTUVWZ%z' };

/** A pattern as the parts that it is made of. */
export function parseDateFormat(pattern: string): Part[] {
  const parts: Part[] = [];
  for (const [index, piece] of pattern.split(fraction).entries()) {
    if (index % 2 === 0) parsePiece(piece, parts);
    else parts.push(new SubsecondPart(piece === '' ? 9 : Number(piece)));
  }
  return parts;
}

function parsePiece(pattern: string, parts: Part[]): void {
  for (let at = 0; at < pattern.length; ) {
    const percent = pattern.indexOf('%', at);
    const literal = pattern.slice(at, percent < 0 ? pattern.length : percent);
    if (literal !== '') parts.push(() => literal);
    if (percent < 0) break;
    at = parseAbsl(pattern, percent, parts) ?? parseConversion(pattern, percent, parts);
  }
}

function match(expression: RegExp, text: string, at: number): RegExpExecArray | null {
  expression.lastIndex = at;
  return expression.exec(text);
}

/** The index behind what was parsed; undefined when it is something else. */
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
  const [whole, flags = '', width = '', modifier = '', letter = ''] = match(
    conversionPattern,
    pattern,
    at,
  ) as RegExpExecArray;
  const known = modifier === '' || modified[modifier]?.includes(letter) === true;
  const conversion = known ? dateConversions.get(letter) : undefined;
  const style = { letter, flags, width: Number(width), padding: /[-_0](?=[^-_0]*$)/.exec(flags)?.[0] };
  if (conversion === undefined) parts.push(() => decorateWord(whole, { ...style, letter: '' }));
  else parts.push((time) => decorate(conversion(time), style));
  return at + whole.length;
}

interface Style {
  readonly letter: string;
  readonly flags: string;
  readonly width: number;
  /** The last flag of padding: '-' none, '_' with blanks, '0' with zeros. */
  readonly padding: string | undefined;
}

function decorate(converted: ReturnType<DateConversion>, style: Style): string {
  const { text, width, pad } = converted;
  if (pad === undefined) return decorateWord(text, style);
  if (style.padding === '-') return text.padStart(style.width, ' ');
  const padding = style.padding === undefined ? pad : style.padding === '_' ? ' ' : '0';
  return text.padStart(Math.max(width, style.width), padding);
}

/** Flag '^' is upper case, '#' the other case where a word has one. */
function decorateWord(text: string, { letter, flags, width, padding }: Style): string {
  return cased(text, letter, flags).padStart(width, padding === '0' ? '0' : ' ');
}

function cased(text: string, letter: string, flags: string): string {
  if (flags.includes('#') && /[pZ]/.test(letter)) return text.toLowerCase();
  if (letter === 'P') return text;
  return flags.includes('^') || (flags.includes('#') && /[abhAB]/.test(letter)) ? text.toUpperCase() : text;
}
