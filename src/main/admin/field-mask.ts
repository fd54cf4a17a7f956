/** google.protobuf.FieldMask over messages in JSON form: `bootstrap.node.id,last_updated`. */
import { LazyItems } from '../../common/proto/lazy-items.ts';
import type { JsonObject, JsonValue, MessageSchema } from './admin-context.ts';

const ANY = 'google.protobuf.Any';
const TYPE_PREFIX = 'type.googleapis.com/';

/** What to keep of a message: `keep` is the whole field, a node some of its fields. */
interface MaskNode {
  readonly fields: Map<string, MaskNode | 'keep'>;
}

export class FieldMask {
  readonly paths: readonly string[];
  readonly #root: MaskNode = { fields: new Map() };

  constructor(text: string) {
    this.paths = text.split(',').filter((path) => path !== '');
    for (const path of this.paths) addPath(this.#root, path.split('.'));
  }

  /** The message with nothing but the mask's fields; undefined when its type lacks one of them. */
  trim(message: JsonObject, typeName: string, schema: MessageSchema): JsonObject | undefined {
    // A mask of nothing masks nothing.
    if (this.paths.length === 0) return message;
    return trimMessage(message, typeName, this.#root, schema);
  }
}

/** Name of the message that an `Any` holds. */
export function typeNameOf(any: JsonObject): string {
  const url = any['@type'];
  return typeof url === 'string' ? url.slice(url.lastIndexOf('/') + 1) : '';
}

export function asAny(message: JsonObject, typeName: string): JsonObject {
  return { '@type': TYPE_PREFIX + typeName, ...message };
}

function addPath(root: MaskNode, path: readonly string[]): void {
  let node = root;
  for (const [index, field] of path.entries()) {
    const known = node.fields.get(field);
    if (known === 'keep') return;
    if (index === path.length - 1) {
      node.fields.set(field, 'keep');
      return;
    }
    const next = known ?? { fields: new Map() };
    node.fields.set(field, next);
    node = next;
  }
}

function trimMessage(
  message: JsonObject,
  typeName: string,
  node: MaskNode,
  schema: MessageSchema,
): JsonObject | undefined {
  const kept: Record<string, JsonValue> = {};
  for (const [field, rest] of node.fields) {
    const known = schema.field(typeName, field);
    if (known === undefined) return undefined;
    // What an Any holds has to be chosen from: Envoy asks for a field of it even where all is meant.
    if (rest === 'keep' && known.typeName === ANY && !known.repeated && isObject(message[field])) return undefined;
    if (rest === 'keep') continue;
    // A mask cannot look into the elements of a list.
    if (known.repeated || known.typeName === undefined) return undefined;
    const inner = message[field];
    const value = isObject(inner) ? inner : {};
    const trimmed = trimField(value, known.typeName, rest, schema, isObject(inner));
    if (trimmed === undefined) return undefined;
    if (isObject(inner)) kept[field] = trimmed;
  }
  // In the order in which the message has them.
  const result: Record<string, JsonValue> = {};
  for (const [field, value] of Object.entries(message)) {
    if (field === '@type') result[field] = value ?? null;
    else if (node.fields.get(field) === 'keep') result[field] = value ?? null;
    else if (field in kept) result[field] = kept[field] ?? null;
  }
  return result;
}

function trimField(
  value: JsonObject,
  typeName: string,
  rest: MaskNode,
  schema: MessageSchema,
  present: boolean,
): JsonObject | undefined {
  if (typeName !== ANY) return trimMessage(value, typeName, rest, schema);
  return present ? trimMessage(value, typeNameOf(value), rest, schema) : {};
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof LazyItems);
}
