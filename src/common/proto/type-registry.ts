/** The Envoy API's types, made as they are asked for: a thread pays only for what its configuration has in it. */
import { Buffer } from 'node:buffer';
import type { DescEnum, DescField, DescMessage, DescOneof, JsonObject, Message } from '@bufbuild/protobuf';
import type { ConfigContext, ConfigUnpacker, PackedConfig } from '../../../sdk/config.ts';
import type { DescriptorSource } from './descriptor-source.ts';
import type { LooseMessage } from './field-access.ts';
import { FieldPlan, MessagePlan } from './message-plan.ts';
import { readField, readMessage } from './message-reader.ts';
import { ListPacker, type WriteOptions, writeMessage } from './message-writer.ts';
import { nearestName } from './nearest-name.ts';
import { parseProtoJson } from './parse-proto-json.ts';
import { asDescMessage, enumOf, RuntimeField, RuntimeMessage } from './runtime-types.ts';
import { jsonToStruct } from './struct-json.ts';
import { TYPE_URL_PREFIX, typeNameOf } from './type-url.ts';

const asItIs: WriteOptions = { sortMaps: false };

/** A decoded message with its descriptor. */
export interface TypedMessage {
  readonly desc: DescMessage;
  readonly message: Message;
}

export class TypeRegistry implements ConfigUnpacker {
  readonly source: DescriptorSource;
  readonly #messages = new Map<string, DescMessage | undefined>();
  readonly #enums = new Map<string, DescEnum>();
  readonly #plans = new Map<DescMessage, MessagePlan>();
  readonly #options = new Map<string, FieldPlan>();
  readonly #planOf = (desc: DescMessage): MessagePlan => this.#plan(desc);
  #opened: WeakMap<Uint8Array, Message> | undefined = undefined;

  /** Whether what is decoded is known to be good, so that long lists may stay packed. */
  readonly #packs: boolean;

  constructor(source: DescriptorSource, options: { readonly areBytesChecked?: boolean } = {}) {
    this.source = source;
    this.#packs = options.areBytesChecked === true;
  }

  /** The same types, for bytes that were written from messages that were checked. */
  forCheckedBytes(): TypeRegistry {
    return new TypeRegistry(this.source, { areBytesChecked: true });
  }

  /** The descriptor of a message by its full name; undefined when the API has no such message. */
  message(typeName: string): DescMessage | undefined {
    const known = this.#messages.get(typeName);
    if (known !== undefined || this.#messages.has(typeName)) return known;
    const record = this.source.find(typeName);
    const desc = record?.record === 'message' ? asDescMessage(new RuntimeMessage(typeName, record, this)) : undefined;
    this.#messages.set(typeName, desc);
    return desc;
  }

  /** As `message`, for a name that must exist. */
  requireMessage(typeName: string): DescMessage {
    const desc = this.message(typeName);
    if (desc === undefined) throw new Error(`the Envoy API has no message ${typeName}`);
    return desc;
  }

  requireEnum(typeName: string): DescEnum {
    const known = this.#enums.get(typeName);
    if (known !== undefined) return known;
    const record = this.source.find(typeName);
    if (record?.record !== 'enum') throw new Error(`the Envoy API has no enum ${typeName}`);
    const desc = enumOf(typeName, record);
    this.#enums.set(typeName, desc);
    return desc;
  }

  /** What the API says of a type, field or oneof by the option of this full name, such as `validate.rules`. */
  option(desc: DescMessage | DescField | DescOneof, optionName: string): unknown {
    const { options } = desc as unknown as { readonly options: string | undefined };
    return options === undefined ? undefined : readField(this.#option(optionName), Buffer.from(options, 'base64'));
  }

  /** The descriptor for `type.googleapis.com/<full name>`; any host is taken, as protobuf does. */
  messageForUrl(typeUrl: string): DescMessage | undefined {
    return this.message(typeNameOf(typeUrl));
  }

  /** A full name that exists and is close to `typeName`: as a whole, and in its last part. */
  nearestType(typeName: string): string | undefined {
    const found = nearestName(typeName, this.source.typeNames());
    return found === undefined || nearestName(lastLabel(typeName), [lastLabel(found)]) === undefined
      ? undefined
      : found;
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
    if (struct.typeUrl === '') {
      return { desc: this.requireMessage('google.protobuf.Struct'), message: jsonToStruct(struct.value ?? {}) };
    }
    const desc = this.messageForUrl(struct.typeUrl);
    if (desc === undefined) {
      const hint = nearestHint(this.nearestType(typeNameOf(struct.typeUrl)));
      ctx.child('type_url').error(`unknown type ${JSON.stringify(struct.typeUrl)}`, hint);
      return undefined;
    }
    return { desc, message: parseProtoJson(this, desc, struct.value ?? {}, ctx.child('value')) };
  }

  pack(desc: DescMessage, message: Message): PackedConfig {
    const value = this.encode(message);
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

  /** A new message with nothing set. Lists and maps that are empty are frozen: see MessagePlan. */
  create(desc: DescMessage): Message {
    return this.#plan(desc).create();
  }

  /** Undefined when the bytes are not of the type. */
  decode(desc: DescMessage, bytes: Uint8Array): Message | undefined {
    try {
      return this.requireDecoded(desc, bytes);
    } catch {
      return undefined;
    }
  }

  /** As `decode`, for bytes that must be of the type. */
  requireDecoded(desc: DescMessage, bytes: Uint8Array): Message {
    const message = this.create(desc);
    this.merge(desc, message, bytes);
    return message;
  }

  /** Protobuf's MergeFrom: single fields are replaced, messages merged, lists joined. */
  merge(desc: DescMessage, into: Message, bytes: Uint8Array): void {
    readMessage(this.#plan(desc), into as LooseMessage, bytes, this.#packs);
  }

  /** For a list of this field that is long; undefined when it must hold its messages. */
  packerOf(desc: DescMessage, field: DescField): ListPacker | undefined {
    const plan = this.#plan(desc).field(field.number);
    return plan?.packable === true ? new ListPacker(plan) : undefined;
  }

  encode(message: Message, options: WriteOptions = asItIs): Uint8Array {
    return writeMessage(this.#plan(this.requireMessage(message.$typeName)), message as LooseMessage, options);
  }

  #plan(desc: DescMessage): MessagePlan {
    const known = this.#plans.get(desc);
    if (known !== undefined) return known;
    const plan = new MessagePlan(desc, this.#planOf);
    this.#plans.set(desc, plan);
    return plan;
  }

  #option(name: string): FieldPlan {
    const known = this.#options.get(name);
    if (known !== undefined) return known;
    const record = this.source.find(name);
    if (record?.record !== 'extension') throw new Error(`the Envoy API has no option ${name}`);
    const desc = new RuntimeField(record.field, undefined, undefined, this);
    const plan = new FieldPlan(desc as unknown as DescField, this.#planOf);
    this.#options.set(name, plan);
    return plan;
  }
}

interface TypedStruct extends Message {
  readonly typeUrl: string;
  readonly value?: JsonObject;
}

function isTypedStruct(message: Message): message is TypedStruct {
  return message.$typeName === 'udpa.type.v1.TypedStruct' || message.$typeName === 'xds.type.v3.TypedStruct';
}

function lastLabel(typeName: string): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}

function nearestHint(name: string | undefined): { didYouMean?: string } {
  return name === undefined ? {} : { didYouMean: name };
}
