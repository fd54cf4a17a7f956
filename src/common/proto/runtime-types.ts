/**
 * Descriptors of messages, enums and fields over the records of a `DescriptorSource`. A type refers to other types by name
 * and finds them when it is asked: a thread pays for the types that its configuration has in it, not for all that these
 * could hold. They are what code here and `@bufbuild/protobuf` read of a DescMessage, DescField and DescEnum; what neither
 * reads (the protos, nested types, services) they do not have.
 */
import type { DescEnum, DescField, DescMessage, DescOneof, ScalarType } from '@bufbuild/protobuf';
import type { EnumRecord, FieldRecord, MessageRecord, OneofRecord } from './descriptor-source.ts';

export interface TypeLookup {
  requireMessage(typeName: string): DescMessage;
  requireEnum(typeName: string): DescEnum;
}

/** What `RuntimeMessage` leaves out of a DescMessage it does not pretend to have: see above. */
export function asDescMessage(message: RuntimeMessage): DescMessage {
  return message as unknown as DescMessage;
}

interface Parts {
  readonly fields: DescField[];
  readonly field: Record<string, DescField>;
  readonly oneofs: DescOneof[];
  readonly members: (DescField | DescOneof)[];
}

export class RuntimeMessage {
  readonly kind = 'message';
  readonly typeName: string;
  readonly name: string;
  readonly file: { readonly edition: number; readonly proto: { readonly name: string } };
  readonly deprecated = false;
  /** The MessageOptions, base64. */
  readonly options: string | undefined;
  readonly #record: MessageRecord;
  readonly #types: TypeLookup;
  #parts: Parts | undefined = undefined;

  constructor(typeName: string, record: MessageRecord, types: TypeLookup) {
    this.typeName = typeName;
    this.name = lastLabel(typeName);
    this.file = { edition: record.edition, proto: { name: record.file } };
    this.options = record.options;
    this.#record = record;
    this.#types = types;
  }

  get fields(): DescField[] {
    return this.#made.fields;
  }

  /** By local name. */
  get field(): Record<string, DescField> {
    return this.#made.field;
  }

  get oneofs(): DescOneof[] {
    return this.#made.oneofs;
  }

  /** Fields and oneofs in the order of their declaration. */
  get members(): (DescField | DescOneof)[] {
    return this.#made.members;
  }

  toString(): string {
    return `message ${this.typeName}`;
  }

  get #made(): Parts {
    this.#parts ??= this.#make();
    return this.#parts;
  }

  #make(): Parts {
    const oneofs = (this.#record.oneofs ?? []).map((record) => new RuntimeOneof(record, this));
    const members = new Set<RuntimeField | RuntimeOneof>();
    const field: Record<string, RuntimeField> = {};
    const fields = this.#record.fields.map((record) => {
      const oneof = record.oneof === undefined ? undefined : oneofs[record.oneof];
      const made = new RuntimeField(record, this, oneof, this.#types);
      oneof?.fields.push(made);
      members.add(oneof ?? made);
      field[made.localName] = made;
      return made;
    });
    return { fields, field, oneofs, members: [...members] } as unknown as Parts;
  }
}

export class RuntimeOneof {
  readonly kind = 'oneof';
  readonly name: string;
  readonly localName: string;
  readonly parent: RuntimeMessage;
  readonly fields: RuntimeField[] = [];
  readonly deprecated = false;
  /** The OneofOptions, base64. */
  readonly options: string | undefined;

  constructor(record: OneofRecord, parent: RuntimeMessage) {
    this.name = record.name;
    this.localName = record.local ?? record.name;
    this.parent = parent;
    this.options = record.options;
  }

  toString(): string {
    return `oneof ${this.parent.typeName}.${this.name}`;
  }
}

export class RuntimeField {
  readonly kind = 'field';
  readonly name: string;
  readonly localName: string;
  readonly jsonName: string;
  readonly number: number;
  /** Undefined for an option. */
  readonly parent: RuntimeMessage | undefined;
  readonly oneof: RuntimeOneof | undefined;
  readonly fieldKind: FieldRecord['kind'];
  readonly listKind: FieldRecord['item'];
  readonly mapKind: FieldRecord['item'];
  readonly mapKey: ScalarType | undefined;
  readonly scalar: ScalarType | undefined;
  readonly presence: number;
  readonly packed: boolean;
  readonly utf8Validation: boolean;
  readonly delimitedEncoding = false;
  readonly longAsString = false;
  readonly deprecated: boolean;
  /** The FieldOptions, base64. */
  readonly options: string | undefined;
  #message: DescMessage | undefined = undefined;
  readonly #type: string | undefined;
  readonly #types: TypeLookup;

  constructor(
    record: FieldRecord,
    parent: RuntimeMessage | undefined,
    oneof: RuntimeOneof | undefined,
    types: TypeLookup,
  ) {
    this.name = record.name;
    this.localName = record.local ?? record.name;
    this.jsonName = record.json ?? this.localName;
    this.number = record.number;
    this.parent = parent;
    this.oneof = oneof;
    this.fieldKind = record.kind;
    this.listKind = record.kind === 'list' ? record.item : undefined;
    this.mapKind = record.kind === 'map' ? record.item : undefined;
    this.mapKey = record.mapKey;
    this.scalar = record.scalar;
    this.presence = record.presence;
    this.packed = record.packed === true;
    this.utf8Validation = record.lenientUtf8 !== true;
    this.deprecated = record.deprecated === true;
    this.options = record.options;
    this.#type = record.type;
    this.#types = types;
  }

  get message(): DescMessage | undefined {
    if (this.#type === undefined || this.#holds !== 'message') return undefined;
    this.#message ??= this.#types.requireMessage(this.#type);
    return this.#message;
  }

  get enum(): DescEnum | undefined {
    return this.#type === undefined || this.#holds !== 'enum' ? undefined : this.#types.requireEnum(this.#type);
  }

  /** Defaults of proto2 are not kept: what Envoy's API has of proto2 (its rules) has none. */
  getDefaultValue(): undefined {
    return undefined;
  }

  toString(): string {
    return `field ${this.parent === undefined ? '' : `${this.parent.typeName}.`}${this.name}`;
  }

  get #holds(): string | undefined {
    return this.listKind ?? this.mapKind ?? this.fieldKind;
  }
}

/** A DescEnum as far as it is read. */
export function enumOf(typeName: string, record: EnumRecord): DescEnum {
  const values = record.values.map((known) => ({
    ...known,
    localName: known.name,
    deprecated: known.deprecated === true,
  }));
  // Of aliases the first counts.
  const value: Record<number, (typeof values)[number]> = {};
  for (const known of values) value[known.number] ??= known;
  const open = record.open === true;
  const desc = { kind: 'enum', typeName, name: lastLabel(typeName), open, values, value };
  return desc as unknown as DescEnum;
}

function lastLabel(typeName: string): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}
