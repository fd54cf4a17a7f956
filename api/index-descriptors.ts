/**
 * `descriptors.bin`: a JSON index and after it the FileDescriptorProtos, so that a thread decodes only the files that
 * it meets. Layout: length of the index (u32, little-endian), index (UTF-8 JSON), files one after the other.
 */
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import type { DescriptorProto, FileDescriptorProto } from '@bufbuild/protobuf/wkt';
import { FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import type { DescriptorIndex } from '../src/common/proto/descriptor-source.ts';

export function indexDescriptors(image: Uint8Array): Uint8Array {
  const files = splitImage(image).map((bytes) => withoutBallast(fromBinary(FileDescriptorProtoSchema, bytes)));
  const chunks = files.map((file) => toBinary(FileDescriptorProtoSchema, file));
  const numbers = new Map(files.map((file, number) => [file.name, number]));
  const index: DescriptorIndex = { files: [], types: {} };
  let offset = 0;
  for (const [number, file] of files.entries()) {
    const length = chunks[number]?.length ?? 0;
    const dependencies = file.dependency.map((name) => numbers.get(name) ?? -1);
    index.files.push({ name: file.name, offset, length, dependencies });
    offset += length;
    for (const name of typeNames(file)) index.types[name] = number;
  }
  const head = Buffer.from(JSON.stringify(index));
  const size = Buffer.alloc(4);
  size.writeUInt32LE(head.length);
  return Buffer.concat([size, head, ...chunks]);
}

/** `udpa.annotations.versioning`: what a message was called in the v2 API. */
const VERSIONING = 7881811;

/** Takes out what nobody asks of a descriptor at run time; it would be decoded on every thread. */
function withoutBallast(file: FileDescriptorProto): FileDescriptorProto {
  file.options = undefined;
  for (const message of file.messageType) slim(message);
  return file;
}

function slim(message: DescriptorProto): void {
  const { options } = message;
  const unknown = options?.$unknown?.filter((field) => field.no !== VERSIONING) ?? [];
  if (options !== undefined) options.$unknown = unknown;
  if (unknown.length === 0 && options?.mapEntry !== true && options?.deprecated !== true) message.options = undefined;
  for (const nested of message.nestedType) slim(nested);
}

function typeNames(file: FileDescriptorProto): string[] {
  const prefix = file.package === '' ? '' : `${file.package}.`;
  const names = [...file.enumType, ...file.extension].map((type) => prefix + type.name);
  for (const message of file.messageType) addMessageNames(message, prefix, names);
  return names;
}

function addMessageNames(message: DescriptorProto, prefix: string, names: string[]): void {
  if (message.options?.mapEntry === true) return;
  const name = prefix + message.name;
  names.push(name, ...message.enumType.map((type) => `${name}.${type.name}`));
  for (const nested of message.nestedType) addMessageNames(nested, `${name}.`, names);
}

/** The elements of a FileDescriptorSet, undecoded: field 1, length-delimited. */
function splitImage(image: Uint8Array): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  let at = 0;
  while (at < image.length) {
    if (image[at] !== 0x0a) throw new Error('not a FileDescriptorSet');
    let length = 0;
    let shift = 0;
    for (let byte = 0x80; byte >= 0x80; shift += 7) {
      at += 1;
      byte = image[at] ?? 0;
      length += (byte & 0x7f) * 2 ** shift;
    }
    at += 1;
    chunks.push(image.subarray(at, at + length));
    at += length;
  }
  return chunks;
}
