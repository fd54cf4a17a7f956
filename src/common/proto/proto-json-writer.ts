/** Message to JSON as Envoy's admin pages print it. */
import type { DescField, DescMessage, JsonObject, JsonValue, Message } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { base64Encode } from '@bufbuild/protobuf/wire';
import type { PackedConfig } from '../../../sdk/config.ts';
import { getField, isJsonStruct, isUnwrapped, isWrapper } from './field-access.ts';
import { printDuration, printFieldMask, printTimestamp, type TimeParts } from './json-time.ts';
import { LazyItems } from './lazy-items.ts';
import {
  type ListMessage,
  listToJson,
  type StructMessage,
  structToJson,
  type ValueMessage,
  valueToJson,
} from './struct-json.ts';
import type { TypeRegistry } from './type-registry.ts';

export interface ProtoJsonOptions {
  /** Proto field names, Envoy's choice everywhere; camelCase otherwise. Default true. */
  readonly snakeCase?: boolean;
  /** Prints also fields that are unset and have no presence: numbers, strings, enums, lists, maps. */
  readonly printDefaults?: boolean;
  /** Puts `[redacted]` for what the API marks as sensitive. */
  readonly redact?: boolean;
  /** Leaves long lists as LazyItems, for who writes the answer piece by piece; it is then not for JSON.stringify. */
  readonly lazyLists?: boolean;
}

/** How a field without presence says so. */
const IMPLICIT = 2;
const REDACTED = '[redacted]';
/** Shorter lists are made at once. */
const leastLazy = 16;

/** Fields in the order of their numbers, defaults left out, `Any` opened. The answer is for JSON.stringify. */
export function toProtoJson(
  registry: TypeRegistry,
  desc: DescMessage,
  message: Message,
  options: ProtoJsonOptions = {},
): JsonValue {
  return new ProtoJsonWriter(registry, options).value(desc, message, false);
}

class ProtoJsonWriter {
  readonly #registry: TypeRegistry;
  readonly #options: ProtoJsonOptions;
  readonly #ordered = new Map<DescMessage, MessageFields>();
  readonly #sensitive = new Map<DescField, boolean>();

  constructor(registry: TypeRegistry, options: ProtoJsonOptions) {
    this.#registry = registry;
    this.#options = options;
  }

  value(desc: DescMessage, message: Message, secret: boolean): JsonValue {
    switch (desc.typeName) {
      case 'google.protobuf.Any':
        return this.#packed(message as unknown as PackedConfig, secret);
      case 'google.protobuf.Duration':
        return printDuration(message as unknown as TimeParts);
      case 'google.protobuf.Timestamp':
        return printTimestamp(message as unknown as TimeParts);
      case 'google.protobuf.FieldMask':
        return printFieldMask((message as unknown as { paths: string[] }).paths);
      case 'google.protobuf.Struct':
        return revealed(structToJson(message as StructMessage), secret);
      case 'google.protobuf.Value':
        return revealed(valueToJson(message as ValueMessage), secret);
      case 'google.protobuf.ListValue':
        return revealed(listToJson(message as ListMessage), secret);
    }
    const inner = isWrapper(desc) ? desc.fields[0] : undefined;
    if (inner !== undefined) return this.#single(inner, getField(message, inner), secret) ?? null;
    return this.#fields(desc, message, secret, {});
  }

  #fields(desc: DescMessage, message: Message, secret: boolean, into: JsonObject): JsonObject {
    for (const field of this.#fieldsOf(desc, message)) {
      const value = getField(message, field);
      if (!this.#prints(field, value)) continue;
      const hidden = secret || (this.#options.redact === true && this.#isSensitive(field));
      const printed = this.#field(field, value, hidden);
      if (printed !== undefined) into[this.#options.snakeCase === false ? field.jsonName : field.name] = printed;
    }
    return into;
  }

  #prints(field: DescField, value: unknown): boolean {
    if (value === undefined) return false;
    if (field.presence !== IMPLICIT) return true;
    return this.#options.printDefaults === true || !isZero(value);
  }

  #field(field: DescField, value: unknown, secret: boolean): JsonValue | undefined {
    if (field.fieldKind === 'list') return this.#list(field, value as readonly unknown[], secret);
    if (field.fieldKind !== 'map') return this.#single(field, value, secret);
    const printed: JsonObject = {};
    for (const [key, item] of Object.entries(value as Record<string, unknown>)) {
      const text = this.#single(field, item, secret);
      if (text !== undefined) printed[key] = text;
    }
    return printed;
  }

  #list(field: DescField, items: readonly unknown[], secret: boolean): JsonValue {
    if (this.#options.lazyLists !== true || items.length < leastLazy) {
      return items.flatMap((item) => this.#single(field, item, secret) ?? []);
    }
    return new LazyItems(this.#items(field, items, secret)) as unknown as JsonValue;
  }

  *#items(field: DescField, items: readonly unknown[], secret: boolean): Iterable<JsonValue> {
    for (const item of items) {
      const printed = this.#single(field, item, secret);
      if (printed !== undefined) yield printed;
    }
  }

  /** Undefined for what redaction takes away. */
  #single(field: DescField, value: unknown, secret: boolean): JsonValue | undefined {
    if (field.message !== undefined && !isUnwrapped(field)) {
      if (!isJsonStruct(field)) return this.value(field.message, value as Message, secret);
      return revealed(value as JsonValue, secret);
    }
    if (field.enum !== undefined) return secret ? undefined : printEnum(field.enum, value as number);
    const scalar = isUnwrapped(field) ? field.message?.fields[0]?.scalar : field.scalar;
    return secret ? redactScalar(value) : printScalar(scalar ?? ScalarType.STRING, value);
  }

  #packed(any: PackedConfig, secret: boolean): JsonValue {
    if (any.typeUrl === '') return {};
    const desc = this.#registry.messageForUrl(any.typeUrl);
    const message = desc === undefined ? undefined : this.#registry.decode(desc, any.value);
    if (desc === undefined || message === undefined) return { '@type': any.typeUrl, value: base64Encode(any.value) };
    const special = desc.typeName.startsWith('google.protobuf.') && desc.typeName !== 'google.protobuf.Empty';
    if (special) return { '@type': any.typeUrl, value: this.value(desc, message, secret) };
    return this.#fields(desc, message, secret, { '@type': any.typeUrl });
  }

  /** Those that may have to be printed, by their numbers: of a large table, most messages have few of many. */
  #fieldsOf(desc: DescMessage, message: Message): readonly DescField[] {
    const { all, byKey } = this.#known(desc);
    if (this.#options.printDefaults === true) return all;
    const fields: DescField[] = [];
    for (const key of Object.keys(message)) {
      const known = byKey.get(key);
      if (known === undefined) continue;
      const field = isField(known) ? known : known.find(({ localName }) => localName === caseOf(message, key));
      if (field !== undefined) fields.push(field);
    }
    return fields.length < 2 ? fields : fields.sort((a, b) => a.number - b.number);
  }

  #known(desc: DescMessage): MessageFields {
    const known = this.#ordered.get(desc);
    if (known !== undefined) return known;
    const byKey = new Map<string, DescField | readonly DescField[]>();
    for (const member of desc.members) byKey.set(member.localName, member.kind === 'oneof' ? member.fields : member);
    const made = { all: desc.fields.toSorted((a, b) => a.number - b.number), byKey };
    this.#ordered.set(desc, made);
    return made;
  }

  #isSensitive(field: DescField): boolean {
    const known = this.#sensitive.get(field);
    if (known !== undefined) return known;
    const isSensitive = this.#registry.option(field, 'udpa.annotations.sensitive') === true;
    this.#sensitive.set(field, isSensitive);
    return isSensitive;
  }
}

/** A type's fields by number, and by the key under which a message holds them: a oneof's share one. */
interface MessageFields {
  readonly all: readonly DescField[];
  readonly byKey: ReadonlyMap<string, DescField | readonly DescField[]>;
}

function isField(known: DescField | readonly DescField[]): known is DescField {
  return !Array.isArray(known);
}

function caseOf(message: Message, key: string): unknown {
  return (message as unknown as Record<string, { readonly case?: string } | undefined>)[key]?.case;
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array || Array.isArray(value)) return value.length === 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === '' || value === false || value === 0n || Object.is(value, 0);
}

function printEnum(
  desc: { typeName: string; value: Record<number, { name: string } | undefined> },
  value: number,
): JsonValue {
  if (desc.typeName === 'google.protobuf.NullValue') return null;
  return desc.value[value]?.name ?? value;
}

function printScalar(type: ScalarType, value: unknown): JsonValue {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return base64Encode(value);
  if (typeof value !== 'number') return value as JsonValue;
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? 'Infinity' : '-Infinity';
  return type === ScalarType.FLOAT ? shortestFloat(value) : value;
}

/** The shortest decimal that reads back as the same 32-bit float. */
function shortestFloat(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

function redactScalar(value: unknown): JsonValue | undefined {
  if (typeof value === 'string') return REDACTED;
  return value instanceof Uint8Array ? base64Encode(new TextEncoder().encode(REDACTED)) : undefined;
}

function revealed(value: JsonValue, secret: boolean): JsonValue {
  return secret ? redactJson(value) : value;
}

function redactJson(value: JsonValue): JsonValue {
  if (typeof value === 'string') return REDACTED;
  if (Array.isArray(value)) return value.map(redactJson);
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redactJson(item)]));
}
