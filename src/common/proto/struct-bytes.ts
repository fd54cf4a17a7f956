import type { JsonObject, JsonValue } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';

/** As deep as protobuf's own reader goes; a value in a list or struct is two messages deeper. */
const MAX_DEPTH = 50;

/** What the bytes of a google.protobuf.Value mean; an empty one is null. Throws when they are none. */
export function readValueBytes(bytes: Uint8Array): JsonValue {
  return readValue(new BinaryReader(bytes), bytes.length, MAX_DEPTH) ?? null;
}

/** Undefined when no kind is set. The last one counts. */
function readValue(reader: BinaryReader, end: number, depth: number): JsonValue | undefined {
  if (depth <= 0) throw new Error('the value is nested too deeply');
  let value: JsonValue | undefined;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1) value = readNull(reader);
    else if (number === 2) value = readNumber(reader);
    else if (number === 3) value = reader.string(true);
    else if (number === 4) value = reader.bool();
    else if (number === 5) value = readStruct(reader, value, depth);
    else if (number === 6) value = readList(reader, value, depth);
    else reader.skip(wireType, number);
  }
  return value;
}

function readNull(reader: BinaryReader): null {
  reader.int32();
  return null;
}

function readNumber(reader: BinaryReader): number {
  const number = reader.double();
  if (!Number.isFinite(number)) throw new Error('JSON has no such number');
  return number;
}

/** A second struct of one value adds to the first. */
function readStruct(reader: BinaryReader, before: JsonValue | undefined, depth: number): JsonObject {
  const fields = typeof before === 'object' && before !== null && !Array.isArray(before) ? Object.entries(before) : [];
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1) fields.push(readEntry(reader, depth));
    else reader.skip(wireType, number);
  }
  return Object.fromEntries(fields);
}

function readEntry(reader: BinaryReader, depth: number): [string, JsonValue] {
  const end = reader.uint32() + reader.pos;
  let key = '';
  let value: JsonValue | undefined;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1) key = reader.string(true);
    else if (number === 2) value = readValue(reader, reader.uint32() + reader.pos, depth - 1);
    else reader.skip(wireType, number);
  }
  return [key, present(value)];
}

function readList(reader: BinaryReader, before: JsonValue | undefined, depth: number): JsonValue[] {
  const items = Array.isArray(before) ? before : [];
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1) items.push(present(readValue(reader, reader.uint32() + reader.pos, depth - 1)));
    else reader.skip(wireType, number);
  }
  return items;
}

function present(value: JsonValue | undefined): JsonValue {
  if (value === undefined) throw new Error('a value without a kind is nothing in JSON');
  return value;
}
