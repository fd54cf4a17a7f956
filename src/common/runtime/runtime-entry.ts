/** A runtime value as configured: what a Struct's leaf holds, or a fractional percent. Plain data: it crosses threads. */
export type RuntimeValue = string | number | boolean | FractionalPercentValue;

export interface FractionalPercentValue {
  readonly numerator: number;
  readonly denominator: 100 | 10_000 | 1_000_000;
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

/** Whether a message by this JSON is a FractionalPercent: such a struct is a value, not a path. */
function fractionalPercent(value: Readonly<Record<string, unknown>>): FractionalPercentValue | undefined {
  const { numerator, denominator = 'HUNDRED', ...rest } = value;
  if (numerator === undefined && value.denominator === undefined) return undefined;
  if (Object.keys(rest).length > 0) return undefined;
  const whole = denominators[String(denominator)];
  const part = numerator ?? 0;
  if (whole === undefined || typeof part !== 'number' || !Number.isInteger(part) || part < 0) return undefined;
  return { numerator: part, denominator: whole };
}

/** Flattens a Struct (as JSON) into dotted keys. Lists and nulls have no meaning and are named in `faults`. */
export function flattenLayer(
  struct: Readonly<Record<string, unknown>>,
  faults: string[] = [],
): Map<string, RuntimeValue> {
  const values = new Map<string, RuntimeValue>();
  const walk = (prefix: string, node: Readonly<Record<string, unknown>>): void => {
    for (const [field, value] of Object.entries(node)) addValue(prefix === '' ? field : `${prefix}.${field}`, value);
  };
  const addValue = (key: string, value: unknown): void => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') values.set(key, value);
    else if (value === null || typeof value !== 'object' || Array.isArray(value))
      faults.push(`Invalid runtime entry value for ${key}`);
    else {
      const percent = fractionalPercent(value as Record<string, unknown>);
      if (percent !== undefined) values.set(key, percent);
      else walk(key, value as Record<string, unknown>);
    }
  };
  walk('', struct);
  return values;
}

/** Text as /runtime prints it. */
export function runtimeText(value: RuntimeValue): string {
  if (typeof value !== 'object') return String(value);
  const name = Object.keys(denominators).find((key) => denominators[key] === value.denominator);
  return `{"numerator":${value.numerator},"denominator":"${name}"}`;
}
