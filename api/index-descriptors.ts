/**
 * Makes `descriptors.bin` of a FileDescriptorSet: what `DescriptorSource` tells, a record a type, with everything worked
 * out that can be before the proxy runs.
 */

import type { DescEnum, DescExtension, DescField, DescMessage, DescOneof, Message } from '@bufbuild/protobuf';
import { createFileRegistry, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  FieldOptionsSchema,
  FileDescriptorSetSchema,
  MessageOptionsSchema,
  OneofOptionsSchema,
} from '@bufbuild/protobuf/wkt';
import type { EnumRecord, FieldRecord, MessageRecord, TypeRecord } from '../src/common/proto/descriptor-source.ts';

export function indexDescriptors(image: Uint8Array): Uint8Array {
  const types = new Map<string, TypeRecord>();
  for (const type of createFileRegistry(fromBinary(FileDescriptorSetSchema, image))) {
    if (type.kind === 'message') types.set(type.typeName, messageRecord(type));
    else if (type.kind === 'enum') types.set(type.typeName, enumRecord(type));
    else if (type.kind === 'extension') types.set(type.typeName, { record: 'extension', field: fieldRecord(type) });
  }
  return layOut([...types].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function layOut(types: readonly (readonly [string, TypeRecord])[]): Uint8Array {
  const words = 4;
  const head = Buffer.alloc((1 + types.length * words) * 4);
  const chunks: Buffer[] = [head];
  let length = head.length;
  const add = (text: string): void => {
    const bytes = Buffer.from(text, 'ascii');
    if (bytes.toString('latin1') !== text) throw new Error(`not ASCII: ${text}`);
    chunks.push(bytes);
    length += bytes.length;
  };
  head.writeUInt32LE(types.length);
  for (const [i, [name, record]] of types.entries()) {
    const at = (1 + i * words) * 4;
    head.writeUInt32LE(length, at);
    add(name);
    head.writeUInt32LE(length, at + 4);
    head.writeUInt32LE(length, at + 8);
    add(JSON.stringify(record));
    head.writeUInt32LE(length, at + 12);
  }
  return Buffer.concat(chunks);
}

function messageRecord(desc: DescMessage): MessageRecord {
  return {
    record: 'message',
    file: desc.file.proto.name,
    edition: desc.file.edition,
    fields: desc.fields.map(fieldRecord),
    ...(desc.oneofs.length > 0 && { oneofs: desc.oneofs.map(oneofRecord) }),
    ...optionsOf(MessageOptionsSchema, withoutBallast(desc.proto.options)),
  };
}

function enumRecord(desc: DescEnum): EnumRecord {
  const values = desc.values.map(({ name, number, deprecated }) => ({
    name,
    number,
    ...(deprecated && { deprecated: true as const }),
  }));
  return { record: 'enum', file: desc.file.proto.name, ...(desc.open && { open: true }), values };
}

function fieldRecord(field: DescField | DescExtension): FieldRecord {
  const local = field.kind === 'field' ? field.localName : field.name;
  const presence = field.presence as number as FieldRecord['presence'];
  return {
    name: field.name,
    ...(local !== field.name && { local }),
    ...(field.kind === 'field' && field.jsonName !== local && { json: field.jsonName }),
    number: field.number,
    kind: field.fieldKind,
    ...typeOf(field),
    ...(field.oneof !== undefined && { oneof: field.oneof.parent.oneofs.indexOf(field.oneof) }),
    presence,
    ...(field.fieldKind === 'list' && field.packed && { packed: true as const }),
    ...(!field.utf8Validation && { lenientUtf8: true as const }),
    ...(field.deprecated && { deprecated: true as const }),
    ...optionsOf(FieldOptionsSchema, field.proto.options),
  };
}

function typeOf(field: DescField | DescExtension): Partial<FieldRecord> {
  const type = field.message?.typeName ?? field.enum?.typeName;
  return {
    ...(field.fieldKind === 'list' && { item: field.listKind }),
    ...(field.fieldKind === 'map' && { item: field.mapKind, mapKey: field.mapKey }),
    ...(field.scalar !== undefined && { scalar: field.scalar }),
    ...(type !== undefined && { type }),
  };
}

function oneofRecord(oneof: DescOneof): { name: string; local?: string; options?: string } {
  const { name, localName } = oneof;
  return {
    name,
    ...(localName !== name && { local: localName }),
    ...optionsOf(OneofOptionsSchema, oneof.proto.options),
  };
}

/** `udpa.annotations.versioning`: what a message was called in the v2 API. Nobody asks at run time. */
const VERSIONING = 7881811;

function withoutBallast<T extends Message>(options: T | undefined): T | undefined {
  if (options?.$unknown !== undefined) options.$unknown = options.$unknown.filter(({ no }) => no !== VERSIONING);
  return options;
}

function optionsOf(
  schema: typeof FieldOptionsSchema | typeof MessageOptionsSchema | typeof OneofOptionsSchema,
  options: Message | undefined,
): { options?: string } {
  const bytes = options === undefined ? new Uint8Array() : toBinary(schema, options as never);
  return bytes.length === 0 ? {} : { options: Buffer.from(bytes).toString('base64') };
}
