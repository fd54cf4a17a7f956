import type { Struct, StructValue } from '../../../sdk/stream-info.ts';
import { fromByteText, toByteText } from './byte-text.ts';

// Printable ASCII but the quotation mark and the backslash.
const plain = /^[ !#-[\]-~]*$/;
const notPlain = /[^ !#-[\]-~]/g;

/** A byte string as a JSON string. Bytes that are not UTF-8 become `\u00xx` each, and with them all that is special. */
export function jsonOfBytes(bytes: string): string {
  if (plain.test(bytes)) return `"${bytes}"`;
  const text = fromByteText(bytes);
  if (text !== undefined) return toByteText(JSON.stringify(text));
  return `"${bytes.replace(notPlain, (byte) => `\\u00${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;
}

/** A value as JSON in bytes, the fields of its objects in the order of their names. */
export function jsonOfValue(value: StructValue): string {
  switch (typeof value) {
    case 'string':
      return jsonOfBytes(toByteText(value));
    case 'number':
      return jsonOfNumber(value);
    case 'boolean':
      return String(value);
    default:
      return value === null ? 'null' : jsonOfCompound(value);
  }
}

function jsonOfCompound(value: readonly StructValue[] | Struct): string {
  if (Array.isArray(value)) return `[${value.map(jsonOfValue).join(',')}]`;
  const fields = Object.entries(value).map(([name, field]) => [toByteText(JSON.stringify(name)), field] as const);
  return `{${fields
    .sort(([a], [b]) => compareBytes(a, b))
    .map(([name, field]) => `${name}:${jsonOfValue(field)}`)
    .join(',')}}`;
}

export function compareBytes(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

const integerLimit = 2 ** 63;
const smallestDecimal = 1e-4;

/** Whole numbers in full, exponents of two digits at least, infinities that are no JSON, as Envoy's JSON writer has them. */
export function jsonOfNumber(value: number): string {
  if (Number.isNaN(value)) return 'null';
  if (!Number.isFinite(value)) return value < 0 ? '-inf' : 'inf';
  if (Object.is(value, -0)) return '-0';
  if (Number.isInteger(value) && Math.abs(value) < integerLimit) return BigInt(value).toString();
  const size = Math.abs(value);
  const text = size >= integerLimit || size < smallestDecimal ? value.toExponential() : String(value);
  return text.replace(/e([+-])(\d)$/, 'e$10$2');
}
