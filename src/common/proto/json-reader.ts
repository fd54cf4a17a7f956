/**
 * JSON to message. Unlike the library's reader this one goes on after a fault, gathers all of them with their paths, and
 * accepts what Envoy accepts: one object where a list is expected, enum names in any case, lists in lists, `{seconds: 1}`.
 */
import type { DescEnum, DescField, DescMessage, JsonObject, JsonValue, Message, ScalarType } from '@bufbuild/protobuf';
import { type ConfigContext, type ConfigProblem, childPath } from '../../../sdk/config.ts';
import { getField, isWrapper, oneofCase, ownEntries, ownItems, setField } from './field-access.ts';
import { JsonField, JsonFields } from './json-field.ts';
import { type Hints, parseEnum, parseScalar, ScalarFault } from './json-scalar.ts';
import { parseDurationText, parseFieldMaskText, parseTimestampText } from './json-time.ts';
import { describeValue, isList, isObject, type JsonInput, type JsonInputObject } from './json-value.ts';
import type { ListPacker } from './message-writer.ts';
import { nearestName } from './nearest-name.ts';
import { LONG_LIST } from './packed-list.ts';
import { jsonToList, jsonToStruct, jsonToValue } from './struct-json.ts';
import type { TypeRegistry } from './type-registry.ts';
import { typeNameOf } from './type-url.ts';

/** As deep as protobuf's own reader goes. */
const MAX_DEPTH = 100;

export interface JsonReaderOptions {
  /** Takes unknown fields and enum values instead of their being faults; they are left out. */
  readonly onUnknown?: ((problem: ConfigProblem) => void) | undefined;
  /** Says of a message whether there is nothing to tell about it; then long lists of messages are left packed. */
  readonly isFaultless?: ((desc: DescMessage, message: Message) => boolean) | undefined;
}

interface Place {
  readonly field: string;
  index: number | string | undefined;
}

const MERGE_KEY = '<<';

export class JsonReader {
  readonly #registry: TypeRegistry;
  readonly #ctx: ConfigContext;
  readonly #onUnknown: JsonReaderOptions['onUnknown'];
  readonly #isFaultless: JsonReaderOptions['isFaultless'];
  readonly #places: Place[] = [];
  readonly #fields = new Map<DescMessage, JsonFields>();
  #depth = 0;

  constructor(registry: TypeRegistry, ctx: ConfigContext, options: JsonReaderOptions = {}) {
    this.#registry = registry;
    this.#ctx = ctx;
    this.#onUnknown = options.onUnknown;
    this.#isFaultless = options.isFaultless;
  }

  /** Always a message: what could be read. The faults are in the context's collector. */
  message(desc: DescMessage, value: JsonInput): Message {
    const message = this.#registry.create(desc);
    this.#fill(desc, message, value);
    return message;
  }

  #fill(desc: DescMessage, message: Message, value: JsonInput): void {
    if (!isObject(value)) this.#wrong(value, `an object (${desc.typeName})`);
    else if (this.#depth >= MAX_DEPTH) this.#fault('the message is nested too deeply');
    else {
      this.#depth += 1;
      for (const name of Object.keys(value)) this.#member(desc, message, name, value[name] ?? null);
      this.#depth -= 1;
    }
  }

  #member(desc: DescMessage, message: Message, name: string, value: JsonInput): void {
    const plan = this.#fieldsOf(desc).get(name);
    if (plan === undefined) {
      this.#at(name, undefined, () => this.#unknownField(desc, name));
      return;
    }
    if (value === null && !plan.takesNull) return;
    const { field } = plan;
    const place: Place = { field: field.name, index: undefined };
    this.#places.push(place);
    if (field.oneof !== undefined && oneofCase(message, field.oneof.localName) !== undefined) {
      this.#fault(`'${name}' has already been set (either directly or as part of a oneof)`);
    } else if (field.fieldKind === 'map') this.#map(plan, message, value, place);
    else if (field.fieldKind === 'list') this.#items(desc, plan, message, value, place);
    else this.#single(plan, message, value);
    this.#places.pop();
  }

  /** A message that was begun under the field's other name goes on, as a list does. */
  #single(plan: JsonField, message: Message, value: JsonInput): void {
    const { field, plain } = plan;
    const begun = plain === undefined ? undefined : (getField(message, field) as Message | undefined);
    if (plain !== undefined && begun !== undefined && isObject(value)) return this.#fill(plain, begun, value);
    const read = this.#singular(plan, value);
    if (read !== undefined) setField(message, field, read);
  }

  #items(desc: DescMessage, plan: JsonField, message: Message, value: JsonInput, place: Place): void {
    const { field } = plan;
    const isLong = isList(value) && value.length >= LONG_LIST && (getField(message, field) as unknown[]).length === 0;
    const packer = isLong ? this.#registry.packerOf(desc, field) : undefined;
    const packed = packer === undefined ? undefined : this.#packed(packer, plan, value as readonly JsonInput[], place);
    if (packed !== undefined) setField(message, field, packed);
    else this.#list(plan, ownItems(message, field), value, place);
  }

  /**
   * The items as bytes, so that a large table is never whole in memory; undefined when there is anything to tell of one: then
   * all are read as messages, and what there is to tell comes in its turn.
   */
  #packed(packer: ListPacker, plan: JsonField, list: readonly JsonInput[], place: Place): unknown {
    const { plain } = plan;
    const { collector } = this.#ctx;
    const known = collector.problems.length;
    for (const item of list) {
      if (plain === undefined || !isObject(item)) return undefined;
      place.index = packer.length;
      const read = this.message(plain, item);
      if (collector.problems.length > known || this.#isFaultless?.(plain, read) !== true) return undefined;
      packer.add(read);
    }
    return packer.finish();
  }

  #list(plan: JsonField, into: unknown[], value: JsonInput, place: Place): void {
    if (!isList(value)) {
      this.#item(plan, into, value);
      return;
    }
    for (const item of value) {
      place.index = into.length;
      if (isList(item) && !plan.nests) this.#list(plan, into, item, place);
      else this.#item(plan, into, item);
    }
  }

  #item(plan: JsonField, into: unknown[], value: JsonInput): void {
    const read = this.#orEmpty(plan, value);
    if (read !== undefined) into.push(read);
  }

  #map(plan: JsonField, message: Message, value: JsonInput, place: Place): void {
    if (!isObject(value)) return this.#wrong(value, 'an object');
    const map = ownEntries(message, plan.field);
    for (const key of Object.keys(value)) {
      place.index = key;
      const read = this.#orEmpty(plan, value[key] ?? null);
      if (read !== undefined) map[key] = read;
    }
  }

  /** One value of a field, whatever its kind, in the representation that the message holds. */
  #singular({ field, holds, plain }: JsonField, value: JsonInput): unknown {
    switch (holds) {
      case 'message':
        return this.#anyMessage(plain ?? (field.message as DescMessage), value);
      case 'unwrapped':
        return (this.#anyMessage(field.message as DescMessage, value) as { value?: unknown } | undefined)?.value;
      case 'json':
        return this.#struct(value);
      case 'enum':
        return this.#checked(parseEnum(field.enum as DescEnum, value), value);
      case 'string':
        if (typeof value === 'string') return value;
        return this.#checked(parseScalar(field.scalar as ScalarType, value), value);
      case 'scalar':
        return this.#checked(parseScalar(field.scalar as ScalarType, value), value);
    }
  }

  #checked<T>(read: T | ScalarFault, value: JsonInput): T | undefined {
    if (!(read instanceof ScalarFault)) return read;
    if (read.unknownName) this.#unknown(read.detail ?? '', read.hints);
    else this.#add(read.detail ?? `${describeValue(value)} does not fit`, read.hints);
    return undefined;
  }

  /** A message in its JSON form: that of its own for the well-known types. */
  #anyMessage(desc: DescMessage, value: JsonInput): Message | undefined {
    switch (desc.typeName) {
      case 'google.protobuf.Any':
        return this.#any(desc, value);
      case 'google.protobuf.Value':
        return jsonToValue(toPlainJson(value));
      case 'google.protobuf.Struct':
        return this.#structMessage(value);
    }
    if (isObject(value)) return this.message(desc, value);
    switch (desc.typeName) {
      case 'google.protobuf.ListValue':
        return isList(value) ? jsonToList(value.map(toPlainJson)) : this.#wrong(value, 'a list');
      case 'google.protobuf.Duration':
        return this.#text(desc, value, parseDurationText, 'a duration in seconds such as "1.5s"');
      case 'google.protobuf.Timestamp':
        return this.#text(desc, value, parseTimestampText, 'a time such as "2026-01-31T12:00:00Z"');
      case 'google.protobuf.FieldMask':
        return this.#text(desc, value, (text) => ({ paths: parseFieldMaskText(text) }), 'field paths');
    }
    return isWrapper(desc) ? this.#wrapped(desc, value) : this.message(desc, value);
  }

  #wrapped(desc: DescMessage, value: JsonInput): Message | undefined {
    const inner = desc.fields[0];
    if (inner === undefined || value === null) return this.#registry.create(desc);
    const read = this.#singular(new JsonField(inner), value);
    if (read === undefined) return undefined;
    const message = this.#registry.create(desc);
    setField(message, inner, read);
    return message;
  }

  #text(
    desc: DescMessage,
    value: JsonInput,
    parse: (text: string) => object | undefined,
    expected: string,
  ): Message | undefined {
    const parts = typeof value === 'string' ? parse(value) : undefined;
    if (parts === undefined) return this.#wrong(value, expected);
    return Object.assign(this.#registry.create(desc), parts);
  }

  #struct(value: JsonInput): JsonObject | undefined {
    return isObject(value) ? (toPlainJson(value) as JsonObject) : this.#wrong(value, 'an object');
  }

  #structMessage(value: JsonInput): Message | undefined {
    return isObject(value) ? jsonToStruct(toPlainJson(value) as JsonObject) : this.#wrong(value, 'an object');
  }

  #any(anyDesc: DescMessage, value: JsonInput): Message | undefined {
    if (!isObject(value)) return this.#wrong(value, 'an object with "@type"');
    const typeUrl = value['@type'];
    if (typeUrl === undefined) {
      if (Object.keys(value).length > 0) this.#fault('"@type" is missing', 'the type URL of the configuration');
      return this.#registry.create(anyDesc);
    }
    const desc = this.#typeOf(typeUrl);
    if (desc === undefined || typeof typeUrl !== 'string') return undefined;
    const inner = this.#inline(desc, value);
    return inner === undefined
      ? undefined
      : Object.assign(this.#registry.create(anyDesc), this.#registry.pack(desc, inner), { typeUrl });
  }

  #typeOf(typeUrl: JsonInput): DescMessage | undefined {
    return this.#at('@type', undefined, () => {
      if (typeof typeUrl !== 'string') return this.#wrong(typeUrl, 'a type URL');
      const desc = typeUrl.indexOf('/') > 0 ? this.#registry.messageForUrl(typeUrl) : undefined;
      if (desc !== undefined) return desc;
      const near = this.#registry.nearestType(typeNameOf(typeUrl));
      const hint = near === undefined ? {} : { didYouMean: `type.googleapis.com/${near}` };
      this.#add(`unknown type ${JSON.stringify(typeUrl)}`, {
        expected: 'the type URL of an Envoy API message',
        ...hint,
      });
      return undefined;
    });
  }

  /** The fields beside `@type`; a well-known type stands under `value`. */
  #inline(desc: DescMessage, value: JsonInputObject): Message | undefined {
    const { '@type': _, ...rest } = value;
    if (!desc.typeName.startsWith('google.protobuf.') || desc.typeName === 'google.protobuf.Empty') {
      return this.message(desc, rest);
    }
    for (const name of Object.keys(rest)) {
      if (name !== 'value') this.#at(name, undefined, () => this.#fault('no such field', '"@type" and "value" only'));
    }
    const { value: inner } = rest;
    if (inner === undefined) return this.#registry.create(desc);
    return this.#at('value', undefined, () => this.#anyMessage(desc, inner));
  }

  #fieldsOf(desc: DescMessage): JsonFields {
    const known = this.#fields.get(desc);
    if (known !== undefined) return known;
    const fields = new JsonFields(desc);
    this.#fields.set(desc, fields);
    return fields;
  }

  #unknownField(desc: DescMessage, name: string): void {
    if (name === MERGE_KEY) {
      this.#unknown(`no such field in ${desc.typeName}`, {
        expected: 'the fields themselves: YAML is not merged by <<',
      });
      return;
    }
    const near = nearestName(
      name,
      desc.fields.map((field) => field.name),
    );
    this.#unknown(`no such field in ${desc.typeName}`, near === undefined ? {} : { didYouMean: near });
  }

  #at<T>(field: string, index: number | string | undefined, fn: () => T): T {
    this.#places.push({ field, index });
    const result = fn();
    this.#places.pop();
    return result;
  }

  #wrong(value: JsonInput, expected: string): undefined {
    this.#fault(`${describeValue(value)} does not fit`, expected);
    return undefined;
  }

  #fault(message: string, expected?: string): void {
    this.#add(message, expected === undefined ? {} : { expected });
  }

  #unknown(message: string, hints: Hints): void {
    if (this.#onUnknown === undefined) this.#add(message, hints);
    else this.#onUnknown({ path: this.#path(), message, ...hints });
  }

  #add(message: string, hints: Hints): void {
    this.#ctx.collector.add({ path: this.#path(), message, ...hints });
  }

  /** A null in a list is the item's default. */
  #orEmpty(plan: JsonField, value: JsonInput): unknown {
    return value === null && !plan.takesNull ? this.#emptyItem(plan.field) : this.#singular(plan, value);
  }

  #emptyItem(field: DescField): unknown {
    if (field.message !== undefined) return this.#registry.create(field.message);
    if (field.enum !== undefined) return 0;
    const zero = parseScalar(field.scalar as ScalarType, 0);
    return zero instanceof ScalarFault ? '' : zero;
  }

  #path(): string {
    let path = this.#ctx.path;
    for (const { field, index } of this.#places) path = childPath(path, field, index);
    return path;
  }
}

/** The library's JSON has no bigint and wants mutable objects with a prototype. */
function toPlainJson(value: JsonInput): JsonValue {
  if (typeof value === 'bigint') return Number(value);
  if (isList(value)) return value.map(toPlainJson);
  if (!isObject(value)) return value;
  const plain: JsonObject = {};
  for (const key of Object.keys(value)) plain[key] = toPlainJson(value[key] ?? null);
  return plain;
}
