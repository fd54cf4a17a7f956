import { days, months } from '../formatter/calendar-names.ts';

/** Envoy's default --log-format. */
export const defaultLogFormat = '[%Y-%m-%d %T.%e][%t][%l][%n] [%g:%#] %v';

/** One line of the application log, before it is formatted. */
export interface LogRecord {
  /** Unix milliseconds. */
  readonly timeMs: number;
  readonly threadId: number;
  readonly level: string;
  readonly component: string;
  readonly message: string;
}

type Part = (record: LogRecord) => string;
/** Of a flag that depends on the line before: one for each place where it stands. */
type MakePart = (startMs: number) => Part;

const shortLevels: Readonly<Record<string, string>> = {
  trace: 'T',
  debug: 'D',
  info: 'I',
  warning: 'W',
  error: 'E',
  critical: 'C',
  off: 'O',
};
const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const at = (record: LogRecord): Date => new Date(record.timeMs);
const clock = (d: Date): string => `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}:${pad(d.getUTCSeconds())}`;
const shortDate = (d: Date): string =>
  `${pad(d.getUTCMonth() + 1)}/${pad(d.getUTCDate())}/${pad(d.getUTCFullYear() % 100)}`;
const dateAndTime = (d: Date): string => {
  const [day, month] = [days[d.getUTCDay()], months[d.getUTCMonth()]].map((name) => (name ?? '').slice(0, 3));
  return `${day} ${month} ${String(d.getUTCDate()).padStart(2)} ${clock(d)} ${d.getUTCFullYear()}`;
};
const hour12 = (d: Date): number => d.getUTCHours() % 12 || 12;

/** spdlog's pattern flags (times in UTC, as Envoy's are on a host in UTC); `%g:%#` has no meaning in TypeScript and prints the component. */
const flags: Readonly<Record<string, Part>> = {
  v: (r) => r.message,
  j: (r) => JSON.stringify(r.message).slice(1, -1),
  _: (r) => r.message.replaceAll('\n', '\\n').replaceAll('\r', '\\r').replaceAll('\t', '\\t'),
  t: (r) => String(r.threadId),
  P: (r) => String(r.threadId),
  n: (r) => r.component,
  l: (r) => r.level,
  L: (r) => shortLevels[r.level] ?? '',
  a: (r) => (days[at(r).getUTCDay()] ?? '').slice(0, 3),
  A: (r) => days[at(r).getUTCDay()] ?? '',
  // A message has no tags of its own in front: all of it is the message.
  '+': (r) => JSON.stringify(r.message).slice(1, -1),
  '*': () => '',
  '&': () => '',
  b: (r) => (months[at(r).getUTCMonth()] ?? '').slice(0, 3),
  h: (r) => (months[at(r).getUTCMonth()] ?? '').slice(0, 3),
  B: (r) => months[at(r).getUTCMonth()] ?? '',
  Y: (r) => pad(at(r).getUTCFullYear(), 4),
  C: (r) => pad(at(r).getUTCFullYear() % 100),
  m: (r) => pad(at(r).getUTCMonth() + 1),
  d: (r) => pad(at(r).getUTCDate()),
  c: (r) => dateAndTime(at(r)),
  D: (r) => shortDate(at(r)),
  x: (r) => shortDate(at(r)),
  H: (r) => pad(at(r).getUTCHours()),
  I: (r) => pad(hour12(at(r))),
  M: (r) => pad(at(r).getUTCMinutes()),
  S: (r) => pad(at(r).getUTCSeconds()),
  e: (r) => pad(Math.floor(r.timeMs % 1000), 3),
  f: (r) => pad(Math.floor((r.timeMs % 1000) * 1000), 6),
  F: (r) => pad(Math.floor((r.timeMs % 1000) * 1e6), 9),
  p: (r) => (at(r).getUTCHours() < 12 ? 'AM' : 'PM'),
  r: (r) =>
    `${pad(hour12(at(r)))}:${pad(at(r).getUTCMinutes())}:${pad(at(r).getUTCSeconds())} ${at(r).getUTCHours() < 12 ? 'AM' : 'PM'}`,
  R: (r) => clock(at(r)).slice(0, 5),
  T: (r) => clock(at(r)),
  X: (r) => clock(at(r)),
  z: () => '+00:00',
  E: (r) => String(Math.floor(r.timeMs / 1000)),
  g: (r) => r.component,
  s: (r) => r.component,
  '#': () => '0',
  '@': (r) => `${r.component}:0`,
  '!': () => '',
  '%': () => '%',
  '^': () => '',
  $: () => '',
};

/** Time since the line before, in this unit. */
const elapsed =
  (unitMs: number): MakePart =>
  (startMs) => {
    let lastMs = startMs;
    return ({ timeMs }) => {
      const passedMs = Math.max(timeMs - lastMs, 0);
      lastMs = timeMs;
      return String(Math.floor(passedMs / unitMs));
    };
  };

const elapsedFlags: Readonly<Record<string, MakePart>> = {
  O: elapsed(1000),
  o: elapsed(1),
  i: elapsed(1e-3),
  u: elapsed(1e-6),
};

/** `%-20!n`: where the text stands, how wide it is (64 at most), and whether what is longer is cut. */
interface Padding {
  readonly side: '' | '-' | '=';
  readonly width: number;
  readonly cuts: boolean;
}

const maxWidth = 64;
const item = /%([-=]?)(\d*)(!?)([\s\S]?)/g;

/**
 * Compiles an spdlog pattern (--log-format). Unknown flags are printed as they stand, without their padding; a last `%` is
 * left out.
 * @param startMs when the log began, Unix milliseconds
 */
export function compileLogFormat(pattern: string, startMs = 0): (record: LogRecord) => string {
  const parts: Part[] = [];
  let end = 0;
  for (const match of pattern.matchAll(item)) {
    const text = pattern.slice(end, match.index);
    if (text !== '') parts.push(() => text);
    end = match.index + consumed(match);
    parts.push(partOf(match, startMs));
  }
  const rest = pattern.slice(end);
  return (record) => {
    let line = '';
    for (const part of parts) line += part(record);
    return line + rest;
  };
}

/** `%!` is a flag unless a width stands before it. */
function isCut([, , width, cut]: RegExpMatchArray): boolean {
  return cut === '!' && width !== '';
}

function consumed(match: RegExpMatchArray): number {
  return match[3] === '!' && !isCut(match) ? match[0].length - (match[4] ?? '').length : match[0].length;
}

function partOf(match: RegExpMatchArray, startMs: number): Part {
  const [, side = '', width = '', cut = '', last = ''] = match;
  const cuts = isCut(match);
  const flag = cut === '!' && !cuts ? '!' : last;
  if (flag === '') return () => '';
  const part = flags[flag] ?? elapsedFlags[flag]?.(startMs);
  if (part === undefined) return () => `%${flag}`;
  if (width === '') return part;
  const padding: Padding = { side: side as Padding['side'], width: Math.min(Number(width), maxWidth), cuts };
  return (record) => padded(part(record), padding);
}

function padded(text: string, { side, width, cuts }: Padding): string {
  if (text.length >= width) return cuts ? text.slice(0, width) : text;
  if (side === '-') return text.padEnd(width);
  if (side === '') return text.padStart(width);
  return text.padStart(text.length + Math.floor((width - text.length) / 2)).padEnd(width);
}
