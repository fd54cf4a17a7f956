/** Protobuf's binary format to messages, in the representation of `@bufbuild/protobuf`. */
import type { JsonObject, Message } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { BinaryReader, WireType } from '@bufbuild/protobuf/wire';
import type { LooseMessage } from './field-access.ts';
import { type FieldPlan, type MessagePlan, zeroOf } from './message-plan.ts';
import { findItems, LONG_LIST, PackedItems } from './packed-list.ts';
import { jsonToStruct, type StructMessage, structToJson } from './struct-json.ts';

/** As deep as protobuf's own reader goes. */
const MAX_DEPTH = 100;

/** A reader that knows its bytes, for lists that are left packed. */
class ListReader extends BinaryReader {
  readonly source: Uint8Array;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.source = bytes;
  }
}

/**
 * Merges the fields into `message`; throws when the bytes are not of the format.
 * @param packs whether long lists may stay packed: only of bytes that are known to be good, since a fault in an item would be
 *   found when it is looked at
 */
export function readMessage(plan: MessagePlan, message: LooseMessage, bytes: Uint8Array, packs = false): void {
  const reader = packs ? new ListReader(bytes) : new BinaryReader(bytes);
  readFields(plan, message, reader, bytes.length, MAX_DEPTH);
}

/** The list whose items stand one after the other in `region`, of a field that is packable. */
export function unpackedOnDemand(field: FieldPlan, region: Uint8Array, bounds: Uint32Array): readonly Message[] {
  const reader = new ListReader(region);
  const decode = (start: number, end: number): Message => {
    const message = field.child.create();
    reader.pos = start;
    readFields(field.child, message, reader, end, MAX_DEPTH);
    return message;
  };
  return new PackedItems(region, bounds, decode).asList();
}

/** The value of the field in a message that has this field alone; undefined when it has not. */
export function readField(field: FieldPlan, bytes: Uint8Array): unknown {
  const reader = new BinaryReader(bytes);
  const message = {} as LooseMessage;
  while (reader.pos < bytes.length) {
    const [number, wireType] = reader.tag();
    if (number === field.number) readInto(field, message, reader, wireType, MAX_DEPTH);
    else reader.skip(wireType, number);
  }
  return message[field.localName];
}

function readFields(plan: MessagePlan, message: LooseMessage, reader: BinaryReader, end: number, depth: number): void {
  if (depth <= 0) throw new Error('the message is nested too deeply');
  while (reader.pos < end) {
    const start = reader.pos;
    const [number, wireType] = reader.tag();
    const field = plan.field(number);
    if (field?.packable === true && reader instanceof ListReader && readPacked(field, message, reader, start, end))
      continue;
    if (field !== undefined) readInto(field, message, reader, wireType, depth);
    else {
      message.$unknown ??= [];
      message.$unknown.push({ no: number, wireType, data: reader.skip(wireType, number, depth) });
    }
  }
}

/** Leaves a long list packed; false when it is not long, or was begun before. */
function readPacked(field: FieldPlan, message: LooseMessage, reader: ListReader, start: number, end: number): boolean {
  if ((message[field.localName] as readonly unknown[]).length > 0) return false;
  const found = findItems(reader.source, start, end);
  if (found.bounds.length < LONG_LIST * 2) return false;
  const region = reader.source.subarray(start, found.end);
  const bounds = found.bounds.map((at) => at - start);
  message[field.localName] = unpackedOnDemand(field, region, bounds);
  reader.pos = found.end;
  return true;
}

function readInto(
  field: FieldPlan,
  message: LooseMessage,
  reader: BinaryReader,
  wireType: WireType,
  depth: number,
): void {
  if (field.kind === 'list') return readItems(field, field.itemsOf(message), reader, wireType, depth);
  if (field.kind === 'map') return readEntry(field, field.entriesOf(message), reader, depth);
  if (field.oneof === undefined) {
    message[field.localName] = readValue(field, message[field.localName], reader, depth);
    return;
  }
  const known = message[field.oneof] as { case?: string; value?: unknown } | undefined;
  const before = known?.case === field.localName ? known.value : undefined;
  message[field.oneof] = { case: field.localName, value: readValue(field, before, reader, depth) };
}

function readItems(field: FieldPlan, items: unknown[], reader: BinaryReader, wireType: WireType, depth: number): void {
  if (wireType !== WireType.LengthDelimited || field.wireType === WireType.LengthDelimited) {
    items.push(readValue(field, undefined, reader, depth));
    return;
  }
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) items.push(readValue(field, undefined, reader, depth));
}

/** A map's entries are messages with the key as field 1 and the value as field 2. */
function readEntry(field: FieldPlan, entries: Record<string, unknown>, reader: BinaryReader, depth: number): void {
  const keyType = field.mapKey ?? ScalarType.STRING;
  const end = reader.uint32() + reader.pos;
  let key: unknown = zeroOf(keyType);
  let value: unknown;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1) key = readScalar(keyType, reader, field.strictUtf8);
    else if (number === 2) value = readValue(field, value, reader, depth);
    else reader.skip(wireType, number, depth);
  }
  value ??= field.scalar === undefined ? readChild(field, undefined, emptyReader(), depth) : zeroOf(field.scalar);
  // A key may be `__proto__`.
  Object.defineProperty(entries, String(key), { value, writable: true, enumerable: true, configurable: true });
}

/** @param before what the field holds already: a message is merged into it */
function readValue(field: FieldPlan, before: unknown, reader: BinaryReader, depth: number): unknown {
  if (field.scalar !== undefined) return readScalar(field.scalar, reader, field.strictUtf8);
  return readChild(field, before, reader, depth);
}

function readChild(field: FieldPlan, before: unknown, reader: BinaryReader, depth: number): unknown {
  const { child, form } = field;
  const end = reader.uint32() + reader.pos;
  if (form === 'message') {
    const message = (before as LooseMessage | undefined) ?? child.create();
    readFields(child, message, reader, end, depth - 1);
    return message;
  }
  if (form === 'wrapped') {
    const message = child.create();
    if (before !== undefined) message.value = before;
    readFields(child, message, reader, end, depth - 1);
    return message.value;
  }
  const struct = before === undefined ? child.create() : jsonToStruct(before as JsonObject);
  readFields(child, struct as LooseMessage, reader, end, depth - 1);
  return structToJson(struct as unknown as StructMessage);
}

function emptyReader(): BinaryReader {
  return new BinaryReader(Uint8Array.of(0));
}

function readScalar(type: ScalarType, reader: BinaryReader, strictUtf8: boolean): unknown {
  switch (type) {
    case ScalarType.STRING:
      return reader.string(strictUtf8);
    case ScalarType.BOOL:
      return reader.bool();
    case ScalarType.UINT32:
      return reader.uint32();
    case ScalarType.INT32:
      return reader.int32();
    case ScalarType.BYTES:
      return reader.bytes();
    case ScalarType.DOUBLE:
      return reader.double();
    case ScalarType.FLOAT:
      return reader.float();
    default:
      return readOtherInteger(type, reader);
  }
}

function readOtherInteger(type: ScalarType, reader: BinaryReader): unknown {
  switch (type) {
    case ScalarType.UINT64:
      return reader.uint64();
    case ScalarType.INT64:
      return reader.int64();
    case ScalarType.SINT32:
      return reader.sint32();
    case ScalarType.SINT64:
      return reader.sint64();
    case ScalarType.FIXED32:
      return reader.fixed32();
    case ScalarType.FIXED64:
      return reader.fixed64();
    case ScalarType.SFIXED32:
      return reader.sfixed32();
    case ScalarType.SFIXED64:
      return reader.sfixed64();
    default:
      throw new Error(`no such scalar type: ${type}`);
  }
}
