import type { JsonInput } from '../../common/proto/json-value.ts';

/** JSON with integers beyond 53 bits kept whole. Throws SyntaxError. */
export function parseJson(text: string): JsonInput {
  return JSON.parse(text.replace(/^\uFEFF/, ''), exactIntegers);
}

function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source ?? '';
  return /^-?\d+$/.test(source) ? BigInt(source) : value;
}
