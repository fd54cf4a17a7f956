import { structValue, type TextValue } from './runtime-entry.ts';

/** Reads a document of YAML; throws when it is none. */
export type ReadYaml = (text: string) => unknown;

const integer = /^[+-]?(?:0x[\da-f]+|\d+)$/i;
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;

/**
 * The value of a file or of an override, which Envoy reads as YAML: whole numbers of base 8 (`010`) and 16 too, YAML's words for true
 * and false (`yes`, `Off`), a fractional percent; anything else is text. Throws when it is no YAML.
 */
export function textValue(text: string, readYaml: ReadYaml): TextValue {
  const trimmed = text.trim();
  if (integer.test(trimmed)) return { text, value: parseInteger(trimmed.toLowerCase()) };
  if (decimal.test(trimmed)) return { text, value: Number(trimmed) };
  const fields = readYaml(text);
  if (typeof fields === 'boolean') return { text, value: fields };
  const isStruct = typeof fields === 'object' && fields !== null && !Array.isArray(fields);
  return { text, value: isStruct ? structValue(fields as Record<string, unknown>) : undefined };
}

function parseInteger(text: string): number {
  const digits = text.replace(/^[+-]/, '');
  const magnitude = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return text.startsWith('-') ? -magnitude : magnitude;
}
