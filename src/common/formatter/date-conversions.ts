import { days, months } from './calendar-names.ts';
import type { CivilTime } from './civil-time.ts';

interface Converted {
  readonly text: string;
  /** Filled up to it, from the left. */
  readonly width: number;
  /** Undefined for a word. */
  readonly pad: '0' | ' ' | undefined;
}

export type DateConversion = (time: CivilTime) => Converted;

function number(value: number, width: number, pad: '0' | ' ' = '0'): Converted {
  return { text: String(value), width, pad };
}

function word(text: string): Converted {
  return { text, width: 0, pad: undefined };
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function hour12(time: CivilTime): number {
  return time.hour % 12 === 0 ? 12 : time.hour % 12;
}

function half(time: CivilTime): string {
  return time.hour < 12 ? 'AM' : 'PM';
}

function weekday(time: CivilTime): string {
  return days[time.weekday] as string;
}

function month(time: CivilTime): string {
  return months[time.month - 1] as string;
}

/** `+0100`; with one colon `+01:00`, with two the seconds too, with three as short as it goes. */
export function offset(time: CivilTime, colons: number): string {
  const minutes = Math.abs(time.offsetMinutes);
  const sign = time.offsetMinutes < 0 ? '-' : '+';
  const hours = two(Math.floor(minutes / 60));
  const rest = two(minutes % 60);
  if (colons === 3) return `${sign}${hours}${rest === '00' ? '' : `:${rest}`}`;
  const separator = colons === 0 ? '' : ':';
  return `${sign}${hours}${separator}${rest}${colons === 2 ? ':00' : ''}`;
}

function clock(time: CivilTime): string {
  return `${two(time.hour)}:${two(time.minute)}:${two(time.second)}`;
}

function shortDate(time: CivilTime): string {
  return `${two(time.month)}/${two(time.day)}/${two(time.year % 100)}`;
}

function fullDate(time: CivilTime): string {
  const day = String(time.day).padStart(2, ' ');
  return `${weekday(time).slice(0, 3)} ${month(time).slice(0, 3)} ${day} ${clock(time)} ${time.year}`;
}

/** Conversions of strftime in the C locale (ISO C 7.29.3.5, with glibc's additions). */
export const dateConversions: ReadonlyMap<string, DateConversion> = new Map([
  ['a', (time) => word(weekday(time).slice(0, 3))],
  ['A', (time) => word(weekday(time))],
  ['b', (time) => word(month(time).slice(0, 3))],
  ['B', (time) => word(month(time))],
  ['c', (time) => word(fullDate(time))],
  ['C', (time) => number(Math.floor(time.year / 100), 2)],
  ['d', (time) => number(time.day, 2)],
  ['D', (time) => word(shortDate(time))],
  ['e', (time) => number(time.day, 2, ' ')],
  ['F', (time) => word(`${time.year}-${two(time.month)}-${two(time.day)}`)],
  ['g', (time) => number(time.isoWeek().year % 100, 2)],
  ['G', (time) => number(time.isoWeek().year, 0)],
  ['h', (time) => word(month(time).slice(0, 3))],
  ['H', (time) => number(time.hour, 2)],
  ['I', (time) => number(hour12(time), 2)],
  ['j', (time) => number(time.yearDay, 3)],
  ['k', (time) => number(time.hour, 2, ' ')],
  ['l', (time) => number(hour12(time), 2, ' ')],
  ['m', (time) => number(time.month, 2)],
  ['M', (time) => number(time.minute, 2)],
  ['n', () => word('\n')],
  ['p', (time) => word(half(time))],
  ['P', (time) => word(half(time).toLowerCase())],
  ['r', (time) => word(`${two(hour12(time))}:${two(time.minute)}:${two(time.second)} ${half(time)}`)],
  ['R', (time) => word(`${two(time.hour)}:${two(time.minute)}`)],
  ['s', (time) => word(String(time.unixSeconds))],
  ['S', (time) => number(time.second, 2)],
  ['t', () => word('\t')],
  ['T', (time) => word(clock(time))],
  ['u', (time) => number(time.weekday === 0 ? 7 : time.weekday, 1)],
  ['U', (time) => number(time.weekOfYear(0), 2)],
  ['V', (time) => number(time.isoWeek().week, 2)],
  ['w', (time) => number(time.weekday, 1)],
  ['W', (time) => number(time.weekOfYear(1), 2)],
  ['x', (time) => word(shortDate(time))],
  ['X', (time) => word(clock(time))],
  ['y', (time) => number(time.year % 100, 2)],
  ['Y', (time) => number(time.year, 0)],
  ['z', (time) => word(offset(time, 0))],
  ['Z', (time) => word(time.zoneName)],
  ['%', () => word('%')],
] as const satisfies readonly (readonly [string, DateConversion])[]);
