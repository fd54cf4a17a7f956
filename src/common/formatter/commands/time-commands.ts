import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import { toByteText } from '../byte-text.ts';
import { type Command, withParams } from '../command-syntax.ts';
import { DateFormat, type TimeZone } from '../date-format.ts';
import { BytesProvider } from '../provider.ts';

function command(zone: TimeZone, timeOf: (info: StreamInfo) => number): Command {
  const fallback = zone === 'UTC' ? '%Y-%m-%dT%H:%M:%E3SZ' : '%Y-%m-%dT%H:%M:%E3S%z';
  return withParams('optional params', 'without length', ({ params }, ctx) => {
    const format = new DateFormat(params === '' ? fallback : toByteText(params), zone, ctx);
    return new BytesProvider((_context, info) => format.format(timeOf(info)));
  });
}

const startTime = (info: StreamInfo): number => info.startTimeMs;
const emitTime = (info: StreamInfo): number => info.timeSource.systemTimeMs();

export const timeCommands: readonly (readonly [string, Command])[] = [
  ['START_TIME', command('UTC', startTime)],
  ['START_TIME_LOCAL', command('local', startTime)],
  ['EMIT_TIME', command('UTC', emitTime)],
  ['EMIT_TIME_LOCAL', command('local', emitTime)],
];
