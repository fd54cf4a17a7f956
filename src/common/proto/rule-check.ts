/** Pieces that the checkers of `validate.rules` share. */

/** Tells a fault: what is wrong with the value. */
export type Report = (message: string) => void;

/** A rule that is set; undefined otherwise: the rules are messages of proto2, whose fields tell absence from zero. */
export function ownRule<R extends object, K extends keyof R>(rules: R, name: K): R[K] | undefined {
  return rules[name];
}

interface Bounds<T> {
  const: T;
  lt: T;
  lte: T;
  gt: T;
  gte: T;
  in: readonly T[];
  notIn: readonly T[];
}

/** `const`, `lt`, `lte`, `gt`, `gte`, `in`, `not_in` over anything that compares. */
export function checkBounds<T>(
  rules: Partial<Bounds<T>> & object,
  value: T,
  compare: (a: T, b: T) => number,
  print: (value: T) => string,
  report: Report,
): void {
  const constant = ownRule(rules, 'const');
  if (constant !== undefined && compare(value, constant) !== 0) report(`value must equal ${print(constant)}`);
  checkRange(rules, value, compare, print, report);
  const allowed = rules.in ?? [];
  if (allowed.length > 0 && !allowed.some((known) => compare(known, value) === 0)) {
    report(`value must be in list [${allowed.map(print).join(', ')}]`);
  }
  const denied = rules.notIn ?? [];
  if (denied.some((known) => compare(known, value) === 0)) {
    report(`value must not be in list [${denied.map(print).join(', ')}]`);
  }
}

function checkRange<T>(
  rules: Partial<Bounds<T>> & object,
  value: T,
  compare: (a: T, b: T) => number,
  print: (value: T) => string,
  report: Report,
): void {
  const low = lowerBound(rules);
  const high = upperBound(rules);
  const above = low === undefined || compare(value, low.value) > (low.inclusive ? -1 : 0);
  const below = high === undefined || compare(value, high.value) < (high.inclusive ? 1 : 0);
  if (low === undefined || high === undefined) {
    if (!above && low !== undefined)
      report(`value must be greater than ${low.inclusive ? 'or equal to ' : ''}${print(low.value)}`);
    if (!below && high !== undefined)
      report(`value must be less than ${high.inclusive ? 'or equal to ' : ''}${print(high.value)}`);
    return;
  }
  const range = `${low.inclusive ? '[' : '('}${print(low.value)}, ${print(high.value)}${high.inclusive ? ']' : ')'}`;
  // A lower bound above the upper one excludes what lies between them.
  if (compare(low.value, high.value) > 0) {
    if (!above && !below) report(`value must be outside range ${range}`);
  } else if (!above || !below) report(`value must be inside range ${range}`);
}

interface Bound<T> {
  readonly value: T;
  readonly inclusive: boolean;
}

function lowerBound<T>(rules: Partial<Bounds<T>> & object): Bound<T> | undefined {
  const gt = ownRule(rules, 'gt');
  if (gt !== undefined) return { value: gt, inclusive: false };
  const gte = ownRule(rules, 'gte');
  return gte === undefined ? undefined : { value: gte, inclusive: true };
}

function upperBound<T>(rules: Partial<Bounds<T>> & object): Bound<T> | undefined {
  const lt = ownRule(rules, 'lt');
  if (lt !== undefined) return { value: lt, inclusive: false };
  const lte = ownRule(rules, 'lte');
  return lte === undefined ? undefined : { value: lte, inclusive: true };
}

export function compareNumbers(a: number | bigint, b: number | bigint): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
