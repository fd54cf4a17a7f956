import type { CelValue } from '@bufbuild/cel';
import type { Duration, Timestamp } from '@bufbuild/protobuf/wkt';
import type { StructValue } from '../../../sdk/stream-info.ts';
import { toByteText } from '../formatter/byte-text.ts';
import { printDuration, printTimestamp } from '../proto/json-time.ts';
import { celLibrary } from './library.ts';
import { messageText } from './message-map.ts';

/** As a byte string, as `%CEL(…)%` prints it. */
export function textOfValue(value: CelValue): string {
  if (typeof value === 'string') return toByteText(value);
  if (typeof value === 'number') return textOfDouble(value);
  if (value === null) return 'NULL';
  if (typeof value !== 'object') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('latin1');
  const { isCelList, isCelMap, isCelType, isCelUint } = celLibrary();
  if (isCelUint(value)) return value.value.toString();
  if (isCelMap(value)) return toByteText(messageText(value) ?? 'CelMap value');
  if (isCelList(value)) return 'CelList value';
  if (isCelType(value)) return 'CelType value';
  return textOfMessage(value);
}

/** As JSON has it; undefined for what JSON cannot hold: a type, a map that nobody can go through. */
export function structOfValue(value: CelValue): StructValue | undefined {
  if (typeof value === 'bigint') return Number(value);
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  const { isCelList, isCelMap, isCelType, isCelUint } = celLibrary();
  if (isCelUint(value)) return Number(value.value);
  if (isCelType(value)) return undefined;
  if (isCelList(value)) return structOfList(value);
  if (isCelMap(value)) return structOfMap(value);
  const message: unknown = value.message;
  return isTimestamp(message) ? printTimestamp(message) : printDuration(message as Duration);
}

function structOfList(list: Iterable<unknown>): StructValue | undefined {
  const items = Array.from(list, (item) => structOfValue(item as CelValue));
  return items.includes(undefined) ? undefined : (items as StructValue[]);
}

function structOfMap(map: ReadonlyMap<unknown, CelValue>): StructValue | undefined {
  const { isCelUint } = celLibrary();
  const fields: [string, StructValue][] = [];
  try {
    for (const [key, value] of map) {
      const field = structOfValue(value);
      if (field === undefined) return undefined;
      fields.push([isCelUint(key) ? key.value.toString() : String(key), field]);
    }
  } catch {
    return undefined;
  }
  return Object.fromEntries(fields);
}

/** Six digits, as printf's %g. */
function textOfDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  const rounded = Number(value.toPrecision(6));
  const exponent = rounded === 0 ? 0 : Number(rounded.toExponential().split('e')[1]);
  if (exponent >= -4 && exponent < 6) return String(Object.is(value, -0) ? '-0' : rounded);
  return rounded.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

function isTimestamp(message: unknown): message is Timestamp {
  return (message as { $typeName?: string }).$typeName === 'google.protobuf.Timestamp';
}

function textOfMessage({ message }: { readonly message: unknown }): string {
  if (!isTimestamp(message)) return textOfDuration(message as Duration);
  const fraction = message.nanos === 0 ? '' : `.${String(message.nanos).padStart(9, '0').replace(/0+$/, '')}`;
  return `${printTimestamp(message).slice(0, 'yyyy-mm-ddThh:mm:ss'.length)}${fraction}+00:00`;
}

/** As Abseil has it: `1h2m3.5s`; below a second one unit. */
function textOfDuration({ seconds, nanos }: Duration): string {
  const total = seconds * 1_000_000_000n + BigInt(nanos);
  const sign = total < 0n ? '-' : '';
  const rest = Number(total < 0n ? -total : total);
  if (rest === 0) return '0';
  if (rest < 1000) return `${sign}${rest}ns`;
  if (rest < 1_000_000) return `${sign}${rest / 1000}us`;
  if (rest < 1_000_000_000) return `${sign}${rest / 1_000_000}ms`;
  const whole = (seconds < 0n ? -seconds : seconds) as bigint;
  const lastSeconds = Number(whole % 60n) + Math.abs(nanos) / 1_000_000_000;
  const hours = whole / 3600n === 0n ? '' : `${whole / 3600n}h`;
  const minutes = (whole / 60n) % 60n === 0n ? '' : `${(whole / 60n) % 60n}m`;
  return `${sign}${hours}${minutes}${lastSeconds === 0 ? '' : `${Number(lastSeconds.toFixed(9))}s`}`;
}
