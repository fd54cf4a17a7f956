/** Messages in protobuf's text format on one line, as `TextFormat` prints them: each field with a blank behind it. */
import { Buffer } from 'node:buffer';
import type { Struct, StructValue } from '../../../sdk/stream-info.ts';

/** Fields in their order: a scalar as it is printed, or the fields of a message. */
export type TextFields = readonly (readonly [name: string, value: string | TextFields])[];

export function printText(fields: TextFields): string {
  let text = '';
  for (const [name, value] of fields)
    text += typeof value === 'string' ? `${name}: ${value} ` : `${name} { ${printText(value)}} `;
  return text;
}

const escapes: ReadonlyMap<number, string> = new Map([
  [0x0a, '\\n'],
  [0x0d, '\\r'],
  [0x09, '\\t'],
  [0x22, '\\"'],
  [0x27, "\\'"],
  [0x5c, '\\\\'],
]);

/** A string literal: what is not printable ASCII stands as octal bytes. */
export function quoteText(text: string): string {
  let quoted = '"';
  for (const byte of Buffer.from(text)) {
    const printable = byte >= 0x20 && byte < 0x7f;
    quoted += escapes.get(byte) ?? (printable ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`);
  }
  return `${quoted}"`;
}

/** The fewest digits of 15 and 17 that are the number. */
export function printDouble(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf';
  if (value === 0) return Object.is(value, -0) ? '-0' : '0';
  const digits = Number(value.toPrecision(15)) === value ? 15 : 17;
  const exponent = Number(value.toExponential(digits - 1).split('e')[1]);
  if (exponent >= -4 && exponent < digits) return withoutZeros(value.toPrecision(digits));
  const [mantissa = '', power = ''] = value.toExponential(digits - 1).split('e');
  return `${withoutZeros(mantissa)}e${power.replace(/^([+-])(\d)$/, '$10$2')}`;
}

function withoutZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

/** Of google.protobuf.Struct. */
export function structFields(struct: Struct): TextFields {
  return Object.keys(struct)
    .sort()
    .map((key) => [
      'fields',
      [
        ['key', quoteText(key)],
        ['value', valueFields(struct[key] as StructValue)],
      ],
    ]);
}

function valueFields(value: StructValue): TextFields {
  if (value === null) return [['null_value', 'NULL_VALUE']];
  if (typeof value === 'number') return [['number_value', printDouble(value)]];
  if (typeof value === 'string') return [['string_value', quoteText(value)]];
  if (typeof value === 'boolean') return [['bool_value', String(value)]];
  if (isList(value)) return [['list_value', value.map((item) => ['values', valueFields(item)] as const)]];
  return [['struct_value', structFields(value as Struct)]];
}

function isList(value: StructValue): value is readonly StructValue[] {
  return Array.isArray(value);
}

/** Of envoy.config.core.v3.Metadata. */
export function metadataFields(entries: Iterable<readonly [string, Struct]>): TextFields {
  return [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, struct]) => [
      'filter_metadata',
      [
        ['key', quoteText(name)],
        ['value', structFields(struct)],
      ],
    ]);
}
