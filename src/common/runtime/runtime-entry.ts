import { structText } from './struct-text.ts';

/** A runtime value as it was given. Plain data: it crosses threads. */
export type RuntimeValue = string | number | boolean | StructValue | TextValue;

export interface FractionalPercentValue {
  readonly numerator: number;
  readonly denominator: 100 | 10_000 | 1_000_000;
}

/** A structure that is a value, not a path: a fractional percent, or something that was meant to be one. */
export interface StructValue {
  /** As /runtime shows it. */
  readonly debugText: string;
  readonly percent: FractionalPercentValue | undefined;
}

/** Of a file or an override: its text, and what that reads as (undefined: the text alone). */
export interface TextValue {
  readonly text: string;
  readonly value: number | boolean | StructValue | undefined;
}

/** One layer, flattened: `{a: {b: 1}}` is `a.b`. */
export interface RuntimeLayer {
  readonly name: string;
  readonly values: ReadonlyMap<string, RuntimeValue>;
}

const denominators: Readonly<Record<string, 100 | 10_000 | 1_000_000>> = {
  HUNDRED: 100,
  TEN_THOUSAND: 10_000,
  MILLION: 1_000_000,
};

type JsonObject = Readonly<Record<string, unknown>>;

/** Envoy's reading: other fields or another denominator make it none; a numerator that is no number counts as 0. */
export function structValue(fields: JsonObject): StructValue {
  const { numerator, denominator = 'HUNDRED', ...rest } = fields;
  const whole = typeof denominator === 'string' ? denominators[denominator] : undefined;
  const debugText = structText(fields);
  if (Object.keys(rest).length > 0 || whole === undefined) return { debugText, percent: undefined };
  return { debugText, percent: { numerator: typeof numerator === 'number' ? numerator >>> 0 : 0, denominator: whole } };
}

/** Whether it is a value in itself and no path to further ones. */
function isValue(fields: JsonObject): boolean {
  return 'numerator' in fields || 'denominator' in fields || Object.keys(fields).length === 0;
}

/** Flattens a Struct (as JSON) into dotted keys. Lists and nulls have no meaning and are named in `faults`. */
export function flattenLayer(struct: JsonObject, faults: string[] = []): Map<string, RuntimeValue> {
  const values = new Map<string, RuntimeValue>();
  const walk = (prefix: string, node: JsonObject): void => {
    for (const [field, value] of Object.entries(node)) addValue(prefix === '' ? field : `${prefix}.${field}`, value);
  };
  const addValue = (key: string, value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') values.set(key, value);
    else if (value === null || typeof value !== 'object' || Array.isArray(value))
      faults.push(`Invalid runtime entry value for ${key}`);
    else if (isValue(value as JsonObject)) values.set(key, structValue(value as JsonObject));
    else walk(key, value as JsonObject);
  };
  walk('', struct);
  return values;
}

/** Text as /runtime prints it. */
export function runtimeText(value: RuntimeValue): string {
  if (typeof value !== 'object') return String(value);
  if ('text' in value) return value.text;
  return value.debugText;
}
