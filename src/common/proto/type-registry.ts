/** The Envoy API's types, built file by file as they are asked for: a thread pays only for what its configuration names. */
import type { DescExtension, DescFile, DescMessage, JsonObject, Message, Registry } from '@bufbuild/protobuf';
import { createFileRegistry, createMutableRegistry, fromBinary, fromJson, toBinary } from '@bufbuild/protobuf';
import {
  FileDescriptorProtoSchema,
  file_google_protobuf_any,
  file_google_protobuf_descriptor,
  file_google_protobuf_duration,
  file_google_protobuf_empty,
  file_google_protobuf_field_mask,
  file_google_protobuf_struct,
  file_google_protobuf_timestamp,
  file_google_protobuf_wrappers,
  StructSchema,
} from '@bufbuild/protobuf/wkt';
import type { ConfigContext, ConfigUnpacker, PackedConfig } from '../../../sdk/config.ts';
import type { DescriptorSource } from './descriptor-source.ts';
import { nearestName } from './nearest-name.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { TYPE_URL_PREFIX, typeNameOf } from './type-url.ts';

/** Imports that bring options only; a file is built without them. */
const OPTIONS_ONLY = /^(udpa|xds|envoy)\/annotations\/|^validate\/|^google\/api\/annotations\.proto$/;

type Built = ReturnType<typeof createMutableRegistry>;

/** A decoded message with its descriptor. */
export interface TypedMessage {
  readonly desc: DescMessage;
  readonly message: Message;
}

export class TypeRegistry implements ConfigUnpacker {
  readonly #source: DescriptorSource;
  readonly #files = new Map<number, DescFile>();
  readonly #fileByName = new Map<string, number>();
  readonly #built: Built = createMutableRegistry();
  #opened: WeakMap<Uint8Array, Message> | undefined = undefined;

  constructor(source: DescriptorSource) {
    this.#source = source;
    const known = wellKnownFiles();
    for (const [number, file] of source.index.files.entries()) {
      this.#fileByName.set(file.name, number);
      const library = known.get(file.name);
      if (library !== undefined) this.#add(number, library);
    }
  }

  /** The descriptor of a message by its full name; undefined when the API has no such message. */
  message(typeName: string): DescMessage | undefined {
    this.#need(typeName);
    return this.#built.getMessage(typeName);
  }

  /** As `message`, for a name that must exist. */
  requireMessage(typeName: string): DescMessage {
    const desc = this.message(typeName);
    if (desc === undefined) throw new Error(`the Envoy API has no message ${typeName}`);
    return desc;
  }

  extension(typeName: string): DescExtension | undefined {
    this.#need(typeName);
    return this.#built.getExtension(typeName);
  }

  /** The descriptor for `type.googleapis.com/<full name>`; any host is taken, as protobuf does. */
  messageForUrl(typeUrl: string): DescMessage | undefined {
    return this.message(typeNameOf(typeUrl));
  }

  /** A full name that exists and is close to `typeName`. */
  nearestType(typeName: string): string | undefined {
    return nearestName(typeName, Object.keys(this.#source.index.types));
  }

  /** Every type that is built so far: for the verbs of `@bufbuild/protobuf` that ask for a registry. */
  get built(): Registry {
    return this.#built;
  }

  /** What is inside, or undefined after `ctx` was told why not. */
  unpack(any: PackedConfig, ctx: ConfigContext): Message | undefined {
    return this.unpackTyped(any, ctx)?.message;
  }

  unpackTyped(any: PackedConfig, ctx: ConfigContext): TypedMessage | undefined {
    const desc = this.messageForUrl(any.typeUrl);
    if (desc === undefined) {
      ctx.error(`unknown type ${any.typeUrl}`, nearestHint(this.nearestType(typeNameOf(any.typeUrl))));
      return undefined;
    }
    const message = this.#opened?.get(any.value) ?? this.decode(desc, any.value);
    if (message === undefined) {
      ctx.error(`the bytes do not decode as ${desc.typeName}`);
      return undefined;
    }
    return isTypedStruct(message) ? this.#fromTypedStruct(message, ctx) : { desc, message };
  }

  /** The type that a TypedStruct names, read from its JSON value. */
  #fromTypedStruct(struct: TypedStruct, ctx: ConfigContext): TypedMessage | undefined {
    // Without a type the struct itself is the configuration.
    if (struct.typeUrl === '') return { desc: StructSchema, message: fromJson(StructSchema, struct.value ?? {}) };
    const desc = this.messageForUrl(struct.typeUrl);
    if (desc === undefined) {
      const hint = nearestHint(this.nearestType(typeNameOf(struct.typeUrl)));
      ctx.child('type_url').error(`unknown type ${JSON.stringify(struct.typeUrl)}`, hint);
      return undefined;
    }
    return { desc, message: parseProtoJson(this, desc, struct.value ?? {}, ctx.child('value')) };
  }

  pack(desc: DescMessage, message: Message): PackedConfig {
    const value = toBinary(desc, message);
    this.#opened?.set(value, message);
    return { typeUrl: TYPE_URL_PREFIX + desc.typeName, value };
  }

  /**
   * While `fn` runs, what was packed opens to the very message that was packed, which nobody changes any more: a large
   * bootstrap is read, checked and parsed without decoding it time and again.
   */
  keepingOpened<T>(fn: () => T): T {
    this.#opened = new WeakMap();
    try {
      return fn();
    } finally {
      this.#opened = undefined;
    }
  }

  /** Undefined when the bytes are not of the type. */
  decode(desc: DescMessage, bytes: Uint8Array): Message | undefined {
    try {
      return fromBinary(desc, bytes);
    } catch {
      return undefined;
    }
  }

  #need(typeName: string): void {
    const number = Object.hasOwn(this.#source.index.types, typeName) ? this.#source.index.types[typeName] : undefined;
    if (number !== undefined) this.#file(number);
  }

  #file(number: number): DescFile {
    const known = this.#files.get(number);
    if (known !== undefined) return known;
    const entry = this.#source.index.files[number];
    if (entry === undefined) throw new Error('the descriptor index is damaged');
    const bytes = this.#source.bytes.subarray(entry.offset, entry.offset + entry.length);
    const proto = fromBinary(FileDescriptorProtoSchema, bytes);
    proto.dependency = proto.dependency.filter((name) => !OPTIONS_ONLY.test(name));
    proto.publicDependency = [];
    const registry = createFileRegistry(proto, (name) => this.#dependency(name));
    const file = registry.getFile(entry.name);
    if (file === undefined) throw new Error(`${entry.name} did not build`);
    this.#add(number, file);
    return file;
  }

  /** Without its own imports: the library would walk them again for every file. */
  #dependency(name: string): DescFile {
    const number = this.#fileByName.get(name);
    if (number === undefined) throw new Error(`${name} is not among the descriptors`);
    return { ...this.#file(number), dependencies: [] };
  }

  #add(number: number, file: DescFile): void {
    this.#files.set(number, file);
    for (const extension of file.extensions) this.#built.add(extension);
    for (const type of file.enums) this.#built.add(type);
    for (const service of file.services) this.#built.add(service);
    const pending = [...file.messages];
    for (let message = pending.pop(); message !== undefined; message = pending.pop()) {
      this.#built.add(message);
      for (const type of message.nestedEnums) this.#built.add(type);
      pending.push(...message.nestedMessages);
    }
  }
}

interface TypedStruct extends Message {
  readonly typeUrl: string;
  readonly value?: JsonObject;
}

function isTypedStruct(message: Message): message is TypedStruct {
  return message.$typeName === 'udpa.type.v1.TypedStruct' || message.$typeName === 'xds.type.v3.TypedStruct';
}

function nearestHint(name: string | undefined): { didYouMean?: string } {
  return name === undefined ? {} : { didYouMean: name };
}

function wellKnownFiles(): Map<string, DescFile> {
  const files = [
    file_google_protobuf_any,
    file_google_protobuf_descriptor,
    file_google_protobuf_duration,
    file_google_protobuf_empty,
    file_google_protobuf_field_mask,
    file_google_protobuf_struct,
    file_google_protobuf_timestamp,
    file_google_protobuf_wrappers,
  ];
  return new Map(files.map((file) => [file.proto.name, file]));
}
