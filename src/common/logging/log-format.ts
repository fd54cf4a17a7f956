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
  b: (r) => (months[at(r).getUTCMonth()] ?? '').slice(0, 3),
  B: (r) => months[at(r).getUTCMonth()] ?? '',
  Y: (r) => pad(at(r).getUTCFullYear(), 4),
  C: (r) => pad(at(r).getUTCFullYear() % 100),
  m: (r) => pad(at(r).getUTCMonth() + 1),
  d: (r) => pad(at(r).getUTCDate()),
  D: (r) => `${pad(at(r).getUTCMonth() + 1)}/${pad(at(r).getUTCDate())}/${pad(at(r).getUTCFullYear() % 100)}`,
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

/** Compiles an spdlog pattern (--log-format). Unknown flags are printed as they stand, as spdlog does. */
export function compileLogFormat(pattern: string): (record: LogRecord) => string {
  const parts: Part[] = [];
  let literal = '';
  for (let i = 0; i < pattern.length; i++) {
    const flag = pattern[i] === '%' ? flags[pattern[i + 1] ?? ''] : undefined;
    if (flag === undefined) {
      literal += pattern[i];
      continue;
    }
    const text = literal;
    if (text !== '') parts.push(() => text);
    literal = '';
    parts.push(flag);
    i++;
  }
  const rest = literal;
  return (record) => {
    let line = '';
    for (const part of parts) line += part(record);
    return line + rest;
  };
}
