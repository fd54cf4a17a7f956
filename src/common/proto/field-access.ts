/** Reading and writing fields of plain messages by descriptor, with the representations of `@bufbuild/protobuf`. */
import type { DescField, DescMessage, Message } from '@bufbuild/protobuf';
import { packedItems } from './packed-list.ts';

/** A message seen as a record; the only place where the type is given up. */
export type LooseMessage = Message & Record<string, unknown>;

const WRAPPER = /^google\.protobuf\.(Double|Float|U?Int64|U?Int32|Bool|String|Bytes)Value$/;

export function isWrapper(desc: DescMessage): boolean {
  return WRAPPER.test(desc.typeName);
}

/** A wrapper in a singular field outside a oneof is held as the bare value. */
export function isUnwrapped(field: DescField): boolean {
  return field.fieldKind === 'message' && field.oneof === undefined && isWrapper(field.message);
}

/** google.protobuf.Struct is held as a JSON object, but inside google.protobuf.Value. */
export function isJsonStruct(field: DescField): boolean {
  const message = messageOf(field);
  return message?.typeName === 'google.protobuf.Struct' && field.parent.typeName !== 'google.protobuf.Value';
}

/** The message type of a field, of a list's items, of a map's values. */
export function messageOf(field: DescField): DescMessage | undefined {
  switch (field.fieldKind) {
    case 'message':
      return field.message;
    case 'list':
      return field.listKind === 'message' ? field.message : undefined;
    case 'map':
      return field.mapKind === 'message' ? field.message : undefined;
    default:
      return undefined;
  }
}

/** What the message holds: undefined for an absent oneof member or singular message. */
export function getField(message: Message, field: DescField): unknown {
  const loose = message as LooseMessage;
  if (field.oneof === undefined) return loose[field.localName];
  const adt = loose[field.oneof.localName] as { case?: string; value?: unknown };
  return adt.case === field.localName ? adt.value : undefined;
}

export function setField(message: Message, field: DescField, value: unknown): void {
  const loose = message as LooseMessage;
  if (field.oneof === undefined) loose[field.localName] = value;
  else loose[field.oneof.localName] = { case: field.localName, value };
}

/** A copy that differs in some fields. (Spreading a message copies what is set, not what the rest reads as.) */
export function withFields<M extends Message>(message: M, changes: { readonly [K in keyof M]?: M[K] | undefined }): M {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message, changes);
}

/** The list of a message for adding to: an empty one may be frozen, since new messages share it; a long one packed. */
export function ownItems(message: Message, field: DescField): unknown[] {
  const loose = message as LooseMessage;
  const items = loose[field.localName] as unknown[];
  if (Object.isFrozen(items) || packedItems(items) !== undefined) loose[field.localName] = [...items];
  return loose[field.localName] as unknown[];
}

/** As `ownItems`, of a map. */
export function ownEntries(message: Message, field: DescField): Record<string, unknown> {
  const loose = message as LooseMessage;
  if (Object.isFrozen(loose[field.localName])) loose[field.localName] = {};
  return loose[field.localName] as Record<string, unknown>;
}

/** Name of the oneof member that is set. */
export function oneofCase(message: Message, localName: string): string | undefined {
  return ((message as LooseMessage)[localName] as { case?: string }).case;
}
