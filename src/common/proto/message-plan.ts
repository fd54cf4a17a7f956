import type { DescField, DescMessage } from '@bufbuild/protobuf';
import { ScalarType } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import { isJsonStruct, isUnwrapped, type LooseMessage } from './field-access.ts';
import { isPackable, packedItems } from './packed-list.ts';

/** How a message field holds its value: as the message, as what a wrapper wraps, as JSON. */
export type MessageForm = 'message' | 'wrapped' | 'json';

/** Finds the plan of a type. */
export type PlanLookup = (desc: DescMessage) => MessagePlan;

const IMPLICIT = 2;
const noItems: readonly never[] = Object.freeze([]);
const noEntries: Readonly<Record<string, never>> = Object.freeze({});
const noCase = Object.freeze({ case: undefined });

/**
 * How messages of a type are made, read and written, worked out once a type; of the types of its fields when the first
 * value is met. A message has what is set as properties of its own, and what a field without presence reads as when it is
 * not set from its prototype: an absent field costs a large table nothing. Absent lists, maps and oneofs are frozen; who
 * adds to one asks `FieldPlan` for the message's own.
 */
export class MessagePlan {
  /** By number. */
  readonly fields: readonly FieldPlan[];
  readonly #byNumber = new Map<number, FieldPlan>();
  /** By local name; of oneofs, by case. */
  readonly #byName = new Map<string, FieldPlan | ReadonlyMap<string, FieldPlan>>();
  readonly #zero: LooseMessage;

  constructor(desc: DescMessage, planOf: PlanLookup) {
    this.fields = desc.fields.map((field) => new FieldPlan(field, planOf)).sort((a, b) => a.number - b.number);
    for (const field of this.fields) {
      this.#byNumber.set(field.number, field);
      if (field.oneof === undefined) this.#byName.set(field.localName, field);
    }
    for (const { localName } of desc.oneofs) {
      const cases = this.fields.filter(({ oneof }) => oneof === localName);
      this.#byName.set(localName, new Map(cases.map((field) => [field.localName, field])));
    }
    const zero: Record<string, unknown> = { $typeName: desc.typeName };
    for (const member of desc.members) {
      if (member.kind === 'oneof') zero[member.localName] = noCase;
      else if (member.fieldKind === 'list') zero[member.localName] = noItems;
      else if (member.fieldKind === 'map') zero[member.localName] = noEntries;
      else if (member.fieldKind === 'enum' && member.presence === IMPLICIT) zero[member.localName] = 0;
      else if (member.fieldKind === 'scalar' && member.presence === IMPLICIT)
        zero[member.localName] = zeroOf(member.scalar);
    }
    this.#zero = zero as LooseMessage;
  }

  create(): LooseMessage {
    return Object.create(this.#zero);
  }

  field(number: number): FieldPlan | undefined {
    return this.#byNumber.get(number);
  }

  /** The fields that the message has of its own, by number. */
  fieldsOf(message: LooseMessage): FieldPlan[] {
    const fields: FieldPlan[] = [];
    let ordered = true;
    for (const name of Object.keys(message)) {
      const known = this.#byName.get(name);
      const field = known instanceof Map ? known.get((message[name] as { case?: string }).case ?? '') : known;
      if (field === undefined) continue;
      if (field.number < (fields.at(-1)?.number ?? 0)) ordered = false;
      fields.push(field as FieldPlan);
    }
    return ordered ? fields : fields.sort((a, b) => a.number - b.number);
  }
}

export class FieldPlan {
  readonly number: number;
  readonly localName: string;
  /** Local name of the oneof. */
  readonly oneof: string | undefined;
  readonly kind: 'single' | 'list' | 'map';
  /** Undefined for messages; INT32 for enums. */
  readonly scalar: ScalarType | undefined;
  readonly mapKey: ScalarType | undefined;
  readonly form: MessageForm;
  readonly wireType: WireType;
  readonly packed: boolean;
  /** Whether strings must be UTF-8. */
  readonly strictUtf8: boolean;
  /** Whether the zero value means absence. */
  readonly implicit: boolean;
  /** Whether a long list may be kept as bytes. */
  readonly packable: boolean;
  readonly #desc: DescField;
  readonly #planOf: PlanLookup;
  #child: MessagePlan | undefined = undefined;

  constructor(field: DescField, planOf: PlanLookup) {
    const holds =
      field.fieldKind === 'list' ? field.listKind : field.fieldKind === 'map' ? field.mapKind : field.fieldKind;
    this.number = field.number;
    this.localName = field.localName;
    this.oneof = field.oneof?.localName;
    this.kind = field.fieldKind === 'list' || field.fieldKind === 'map' ? field.fieldKind : 'single';
    this.scalar = holds === 'enum' ? ScalarType.INT32 : field.scalar;
    this.mapKey = field.fieldKind === 'map' ? field.mapKey : undefined;
    this.form =
      holds !== 'message' ? 'message' : isUnwrapped(field) ? 'wrapped' : isJsonStruct(field) ? 'json' : 'message';
    this.wireType = this.scalar === undefined ? WireType.LengthDelimited : wireTypeOf(this.scalar);
    this.packed = field.fieldKind === 'list' && field.packed;
    this.strictUtf8 = field.utf8Validation;
    this.implicit = field.presence === IMPLICIT;
    this.packable = this.kind === 'list' && isPackable(field.parent?.typeName, field.name);
    this.#desc = field;
    this.#planOf = planOf;
  }

  /** Of the message that the field, its items or its values are. */
  get child(): MessagePlan {
    if (this.#child === undefined) {
      const { message } = this.#desc;
      if (message === undefined) throw new Error(`${this.#desc} is no message`);
      this.#child = this.#planOf(message);
    }
    return this.#child;
  }

  /** The message's own list of this field, for adding to. */
  itemsOf(message: LooseMessage): unknown[] {
    const items = message[this.localName] as readonly unknown[];
    if (items !== noItems && packedItems(items) === undefined) return items as unknown[];
    const own = [...items];
    message[this.localName] = own;
    return own;
  }

  /** The message's own map of this field, for adding to. */
  entriesOf(message: LooseMessage): Record<string, unknown> {
    if (message[this.localName] === noEntries) message[this.localName] = {};
    return message[this.localName] as Record<string, unknown>;
  }
}

/** What an absent scalar reads as. */
export function zeroOf(type: ScalarType): unknown {
  switch (type) {
    case ScalarType.STRING:
      return '';
    case ScalarType.BOOL:
      return false;
    case ScalarType.BYTES:
      return new Uint8Array();
    case ScalarType.INT64:
    case ScalarType.UINT64:
    case ScalarType.SINT64:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return 0n;
    default:
      return 0;
  }
}

function wireTypeOf(type: ScalarType): WireType {
  switch (type) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}
