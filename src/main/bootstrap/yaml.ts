/**
 * YAML as Envoy understands it (yaml-cpp's scalars): plain words are booleans, decimal, octal and hexadecimal integers or
 * strings; a plain float stays a string until a field's type says otherwise; quoted scalars are strings; a later key wins;
 * `<<` is a key like any other; a key tagged `!ignore` is left out with its value; of several documents the first counts.
 */
import { defineMappingTag, defineScalarTag, defineSequenceTag, loadAll, Schema } from 'js-yaml';
import type { JsonInput } from '../../common/proto/json-value.ts';

const IGNORED = Symbol('ignored key');

/** A plain scalar that is not a string: as a key it is its text, as a value what it means. */
class PlainScalar {
  readonly source: string;
  readonly value: null | boolean | number | string;

  constructor(source: string, value: null | boolean | number | string) {
    this.source = source;
    this.value = value;
  }
}

type Node = JsonInput | PlainScalar | typeof IGNORED;
type Mapping = Record<string, JsonInput>;

/** The first document; throws `YAMLException` when it is not YAML. */
export function parseYaml(text: string): JsonInput {
  const documents = loadAll(text, { schema: envoySchema() }) as Node[];
  return unwrap(documents[0] ?? null);
}

function envoySchema(): Schema {
  const identify = (): boolean => false;
  const sequence = {
    create: (): JsonInput[] => [],
    addItem: (list: JsonInput[], item: unknown): void => void list.push(unwrap(item as Node)),
    identify,
  };
  const mapping = { create: (): Mapping => Object.create(null), addPair, has: () => false, keys, get, identify };
  const anyTag = { matchByTagPrefix: true };
  return new Schema([
    defineScalarTag('tag:yaml.org,2002:str', {
      resolve: (text, explicit) => (explicit ? resolvePlain(text) : text),
      identify,
    }),
    defineScalarTag('!plain', { implicit: true, resolve: resolvePlain, identify }),
    defineScalarTag('!ignore', { resolve: () => IGNORED, identify }),
    defineScalarTag('!', { ...anyTag, resolve: resolvePlain, identify }),
    defineScalarTag('tag:', { ...anyTag, resolve: resolvePlain, identify }),
    defineSequenceTag('tag:yaml.org,2002:seq', sequence),
    defineSequenceTag('!', { ...anyTag, ...sequence }),
    defineSequenceTag('tag:', { ...anyTag, ...sequence }),
    defineMappingTag('tag:yaml.org,2002:map', mapping),
    defineMappingTag('!', { ...anyTag, ...mapping }),
    defineMappingTag('tag:', { ...anyTag, ...mapping }),
  ]);
}

function unwrap(node: Node): JsonInput {
  if (node instanceof PlainScalar) return node.value;
  return typeof node === 'symbol' ? null : node;
}

function addPair(into: Mapping, key: unknown, value: unknown): string {
  if (key === IGNORED) return '';
  const name = key instanceof PlainScalar ? key.source : key;
  if (typeof name !== 'string') return 'a key must be a scalar';
  into[name] = unwrap(value as Node);
  return '';
}

function keys(mapping: Mapping): Iterable<unknown> {
  return Object.keys(mapping);
}

function get(mapping: Mapping, key: unknown): unknown {
  return mapping[String(key)];
}

function resolvePlain(source: string): string | PlainScalar {
  const value = plainValue(source);
  return typeof value === 'string' && value === source ? source : new PlainScalar(source, value);
}

const TRUE = /^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const FALSE = /^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const NULL = /^(~|null|Null|NULL|)$/;
const INTEGER = /^([+-]?)(0[xX][\da-fA-F]+|\d+)$/;

function plainValue(source: string): null | boolean | number | string {
  const first = source.charCodeAt(0);
  const numeric = first === 0x2b || first === 0x2d || (first >= 0x30 && first <= 0x39);
  if (numeric) return integerValue(source);
  if (source.length > 5) return source;
  if (TRUE.test(source)) return true;
  if (FALSE.test(source)) return false;
  return NULL.test(source) ? null : source;
}

/** Small integers are numbers, those beyond 32 bits decimal strings, whatever does not fit 64 bits stays as it is. */
function integerValue(source: string): number | string {
  const match = INTEGER.exec(source);
  const digits = match?.[2];
  if (match === null || digits === undefined) return source;
  const octal = digits.length > 1 && digits.startsWith('0') && !/x/i.test(digits);
  if (octal && /[89]/.test(digits)) return source;
  const magnitude = BigInt(octal ? `0o${digits.slice(1)}` : digits);
  const value = match[1] === '-' ? -magnitude : magnitude;
  if (value < -(2n ** 63n) || value >= 2n ** 63n) return source;
  return value >= -(2n ** 31n) && value < 2n ** 31n ? Number(value) : String(value);
}
