/** Messages to protobuf's binary format: fields by number, maps in the order of their entries. */
import type { JsonObject, Message } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import type { LooseMessage } from './field-access.ts';
import type { FieldPlan, MessagePlan } from './message-plan.ts';
import { unpackedOnDemand } from './message-reader.ts';
import { findItems, packedItems } from './packed-list.ts';
import { jsonToStruct } from './struct-json.ts';

export interface WriteOptions {
  /** Maps are written by key, so that equal messages are equal bytes. */
  readonly sortMaps: boolean;
}

export function writeMessage(plan: MessagePlan, message: LooseMessage, options: WriteOptions): Uint8Array {
  const writer = new BinaryWriter();
  writeFields(plan, message, writer, options);
  return writer.finish();
}

/** Makes a packed list of messages that come one by one. */
export class ListPacker {
  readonly #field: FieldPlan;
  readonly #writer = new BinaryWriter();
  #length = 0;

  constructor(field: FieldPlan) {
    this.#field = field;
  }

  get length(): number {
    return this.#length;
  }

  add(message: Message): void {
    this.#length += 1;
    writeTagged(this.#field, message, this.#writer, asItIs);
  }

  /** At least one must have been added. */
  finish(): readonly Message[] {
    const region = this.#writer.finish();
    return unpackedOnDemand(this.#field, region, findItems(region, 0, region.length).bounds);
  }
}

const asItIs: WriteOptions = { sortMaps: false };

function writeFields(plan: MessagePlan, message: LooseMessage, writer: BinaryWriter, options: WriteOptions): void {
  for (const field of plan.fieldsOf(message)) {
    if (field.oneof !== undefined) {
      writeTagged(field, (message[field.oneof] as { value: unknown }).value, writer, options);
    } else if (field.kind === 'single') {
      const value = message[field.localName];
      if (value !== undefined && !(field.implicit && isZero(value))) writeTagged(field, value, writer, options);
    } else if (field.kind === 'list') writeList(field, message[field.localName] as unknown[], writer, options);
    else writeMap(field, message[field.localName] as Record<string, unknown>, writer, options);
  }
  for (const { no, wireType, data } of message.$unknown ?? []) writer.tag(no, wireType).raw(data);
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === '' || value === false || value === 0n || Object.is(value, 0);
}

function writeTagged(field: FieldPlan, value: unknown, writer: BinaryWriter, options: WriteOptions): void {
  writer.tag(field.number, field.wireType);
  if (field.scalar === undefined) writeChild(field, value, writer, options);
  else writeScalar(field.scalar, value, writer);
}

function writeList(field: FieldPlan, items: readonly unknown[], writer: BinaryWriter, options: WriteOptions): void {
  if (items.length === 0) return;
  const packed = options.sortMaps ? undefined : packedItems(items);
  if (packed !== undefined) {
    writer.raw(packed.region);
    return;
  }
  if (!field.packed || field.scalar === undefined) {
    for (const item of items) writeTagged(field, item, writer, options);
    return;
  }
  writer.tag(field.number, WireType.LengthDelimited).fork();
  for (const item of items) writeScalar(field.scalar, item, writer);
  writer.join();
}

function writeMap(
  field: FieldPlan,
  entries: Readonly<Record<string, unknown>>,
  writer: BinaryWriter,
  options: WriteOptions,
): void {
  const keys = Object.keys(entries);
  if (options.sortMaps) keys.sort();
  const keyType = field.mapKey ?? ScalarType.STRING;
  for (const key of keys) {
    writer.tag(field.number, WireType.LengthDelimited).fork();
    writer.tag(1, keyWireType(keyType));
    writeScalar(keyType, keyOf(keyType, key), writer);
    writer.tag(2, field.wireType);
    if (field.scalar === undefined) writeChild(field, entries[key], writer, options);
    else writeScalar(field.scalar, entries[key], writer);
    writer.join();
  }
}

function keyWireType(type: ScalarType): WireType {
  return type === ScalarType.STRING ? WireType.LengthDelimited : WireType.Varint;
}

/** The keys of an object are text whatever the map's are. */
function keyOf(type: ScalarType, key: string): string | number | bigint | boolean {
  if (type === ScalarType.STRING) return key;
  if (type === ScalarType.BOOL) return key === 'true';
  return type === ScalarType.INT64 || type === ScalarType.UINT64 ? BigInt(key) : Number(key);
}

function writeChild({ child, form }: FieldPlan, value: unknown, writer: BinaryWriter, options: WriteOptions): void {
  writer.fork();
  if (form === 'wrapped') {
    const [inner] = child.fields;
    if (inner !== undefined && !isZero(value)) writeTagged(inner, value, writer, options);
  } else {
    const message = form === 'json' ? jsonToStruct(value as JsonObject) : value;
    writeFields(child, message as LooseMessage, writer, options);
  }
  writer.join();
}

function writeScalar(type: ScalarType, value: unknown, writer: BinaryWriter): void {
  switch (type) {
    case ScalarType.STRING:
      writer.string(value as string);
      return;
    case ScalarType.BOOL:
      writer.bool(value as boolean);
      return;
    case ScalarType.UINT32:
      writer.uint32(value as number);
      return;
    case ScalarType.INT32:
      writer.int32(value as number);
      return;
    case ScalarType.BYTES:
      writer.bytes(value as Uint8Array);
      return;
    case ScalarType.DOUBLE:
      writer.double(value as number);
      return;
    case ScalarType.FLOAT:
      writer.float(value as number);
      return;
    default:
      writeOtherInteger(type, value as never, writer);
  }
}

function writeOtherInteger(type: ScalarType, value: never, writer: BinaryWriter): void {
  switch (type) {
    case ScalarType.UINT64:
      writer.uint64(value);
      return;
    case ScalarType.INT64:
      writer.int64(value);
      return;
    case ScalarType.SINT32:
      writer.sint32(value);
      return;
    case ScalarType.SINT64:
      writer.sint64(value);
      return;
    case ScalarType.FIXED32:
      writer.fixed32(value);
      return;
    case ScalarType.FIXED64:
      writer.fixed64(value);
      return;
    case ScalarType.SFIXED32:
      writer.sfixed32(value);
      return;
    case ScalarType.SFIXED64:
      writer.sfixed64(value);
      return;
    default:
      throw new Error(`no such scalar type: ${type}`);
  }
}
