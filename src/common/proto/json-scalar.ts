/**
 * Scalars of protobuf's JSON mapping, as lenient as the C++ reader that Envoy uses: numbers may be strings, booleans may be
 * words, integers may be written as floats without a fraction.
 */
import type { DescEnum } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { base64Decode } from '@bufbuild/protobuf/wire';
import type { JsonInput } from './json-value.ts';
import { nearestName } from './nearest-name.ts';
import { parseNumber } from './parse-number.ts';

export interface Hints {
  readonly expected?: string;
  readonly didYouMean?: string;
}

/** A scalar that is not what its field takes. */
export class ScalarFault {
  readonly hints: Hints;
  /** A closer description than "does not fit". */
  readonly detail: string | undefined;
  /** Whether it is an enum's name that this version does not know. */
  readonly unknownName: boolean;

  constructor(expected: string, detail?: string, unknown?: { readonly didYouMean: string | undefined }) {
    const didYouMean = unknown?.didYouMean;
    this.hints = didYouMean === undefined ? { expected } : { expected, didYouMean };
    this.detail = detail;
    this.unknownName = unknown !== undefined;
  }
}

export type ScalarValue = boolean | number | bigint | string | Uint8Array;

const SAFE = 9007199254740992;
const RANGES = new Map<ScalarType, readonly [bigint, bigint]>([
  [ScalarType.INT32, [-(2n ** 31n), 2n ** 31n - 1n]],
  [ScalarType.SINT32, [-(2n ** 31n), 2n ** 31n - 1n]],
  [ScalarType.SFIXED32, [-(2n ** 31n), 2n ** 31n - 1n]],
  [ScalarType.UINT32, [0n, 2n ** 32n - 1n]],
  [ScalarType.FIXED32, [0n, 2n ** 32n - 1n]],
  [ScalarType.INT64, [-(2n ** 63n), 2n ** 63n - 1n]],
  [ScalarType.SINT64, [-(2n ** 63n), 2n ** 63n - 1n]],
  [ScalarType.SFIXED64, [-(2n ** 63n), 2n ** 63n - 1n]],
  [ScalarType.UINT64, [0n, 2n ** 64n - 1n]],
  [ScalarType.FIXED64, [0n, 2n ** 64n - 1n]],
]);
const LARGEST_32_BIT = 2n ** 32n - 1n;

export function parseScalar(type: ScalarType, value: JsonInput): ScalarValue | ScalarFault {
  switch (type) {
    case ScalarType.STRING:
      return typeof value === 'string' ? value : new ScalarFault('a string');
    case ScalarType.BYTES:
      return typeof value === 'string' ? parseBase64(value) : new ScalarFault('a base64 string');
    case ScalarType.BOOL:
      return parseBool(value);
    case ScalarType.FLOAT:
    case ScalarType.DOUBLE:
      return parseFloating(value, type === ScalarType.FLOAT);
    default:
      return parseInteger(type, value);
  }
}

function parseBool(value: JsonInput): boolean | ScalarFault {
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') {
    if (/^(true|t|yes|y|1)$/i.test(value)) return true;
    if (/^(false|f|no|n|0)$/i.test(value)) return false;
  }
  return new ScalarFault('true or false');
}

function parseInteger(type: ScalarType, value: JsonInput): number | bigint | ScalarFault {
  const range = RANGES.get(type);
  if (range === undefined) throw new Error(`no such scalar type: ${type}`);
  const [low, high] = range;
  const expected = `an integer from ${low} to ${high}`;
  const exact = toInteger(value);
  if (exact instanceof ScalarFault) return new ScalarFault(expected, exact.detail);
  if (exact < low || exact > high) return new ScalarFault(expected, 'integer out of range');
  return high <= LARGEST_32_BIT ? Number(exact) : exact;
}

function toInteger(value: JsonInput): bigint | ScalarFault {
  if (typeof value === 'bigint') return value;
  if (typeof value === 'string') {
    if (/^[+-]?\d+$/.test(value)) return BigInt(value.replace('+', ''));
    return /\s/.test(value) ? new ScalarFault('') : floatToInteger(parseNumber(value));
  }
  return typeof value === 'number' ? floatToInteger(value) : new ScalarFault('');
}

function floatToInteger(value: number | undefined): bigint | ScalarFault {
  if (value === undefined || !Number.isFinite(value)) return new ScalarFault('');
  if (!Number.isInteger(value)) return new ScalarFault('', 'the number has a fractional part');
  if (Math.abs(value) > SAFE) return new ScalarFault('', 'integer out of range');
  return BigInt(value);
}

function parseFloating(value: JsonInput, single: boolean): number | ScalarFault {
  const number = typeof value === 'bigint' ? Number(value) : typeof value === 'string' ? parseNumber(value) : value;
  if (typeof number !== 'number') return new ScalarFault('a number');
  if (single && Number.isFinite(number) && !Number.isFinite(Math.fround(number))) {
    return new ScalarFault('a number', 'float out of range');
  }
  return number;
}

/** Both alphabets; without padding, or with all of it. */
function parseBase64(text: string): Uint8Array | ScalarFault {
  const plain = text
    .replaceAll('-', '+')
    .replaceAll('_', '/')
    .replace(/={1,2}$/, '');
  const isPaddedWrongly = plain.length < text.length && text.length % 4 !== 0;
  if (!/^[A-Za-z0-9+/]*$/.test(plain) || plain.length % 4 === 1 || isPaddedWrongly)
    return new ScalarFault('a base64 string');
  return base64Decode(plain);
}

/** A name in any case, or a number; open enums take numbers that have no name. */
export function parseEnum(desc: DescEnum, value: JsonInput): number | ScalarFault {
  if (typeof value === 'string') {
    const exact = desc.values.find((known) => known.name === value);
    if (exact !== undefined) return exact.number;
    const lower = value.toLowerCase();
    const close = desc.values.find((known) => known.name.toLowerCase() === lower);
    if (close !== undefined) return close.number;
    if (!/^[+-]?\d+$/.test(value)) return unknownName(desc, value);
  }
  const number = parseInteger(ScalarType.INT32, value);
  return number instanceof ScalarFault ? new ScalarFault(enumNames(desc)) : Number(number);
}

function unknownName(desc: DescEnum, value: string): ScalarFault {
  const names = desc.values.map((known) => known.name);
  return new ScalarFault(enumNames(desc), `unknown enum value '${value}'`, { didYouMean: nearestName(value, names) });
}

function enumNames(desc: DescEnum): string {
  const names = desc.values.filter((value) => value.deprecated !== true).map((value) => value.name);
  return names.length > 12 ? `a value of ${desc.typeName}` : `one of ${names.join(', ')}`;
}
