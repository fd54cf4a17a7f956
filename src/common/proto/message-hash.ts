/** A hash of a message's content, the same in every process. */
import type { DescMessage, Message } from '@bufbuild/protobuf';
import { toBinary } from '@bufbuild/protobuf';
import { getField, isJsonStruct, isUnwrapped, messageOf, setField } from './field-access.ts';

/** 64 bits as 16 hexadecimal digits. The order of a map's entries does not count. */
export function messageHash(desc: DescMessage, message: Message): string {
  sortMaps(desc, message);
  return hashBytes(toBinary(desc, message));
}

/** Two multiplicative hashes side by side: not for secrets. */
export function hashBytes(bytes: Uint8Array): string {
  let low = 0x811c9dc5;
  let high = 0x9747b28c ^ bytes.length;
  for (const byte of bytes) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high ^ byte, 0x5bd1e995);
    high ^= high >>> 15;
  }
  low ^= low >>> 16;
  return (high >>> 0).toString(16).padStart(8, '0') + (low >>> 0).toString(16).padStart(8, '0');
}

/** Entries are written in the order they were set; sorting them in place changes nothing else. */
function sortMaps(desc: DescMessage, message: Message): void {
  for (const field of desc.fields) {
    const value = getField(message, field);
    if (value === undefined) continue;
    if (field.fieldKind === 'map') setField(message, field, sortedObject(value as Record<string, unknown>));
    const inner = messageOf(field);
    if (inner === undefined || isUnwrapped(field)) continue;
    if (isJsonStruct(field)) {
      if (field.fieldKind === 'message') setField(message, field, sortedJson(value));
      continue;
    }
    for (const item of itemsOf(field.fieldKind, value)) sortMaps(inner, item);
  }
}

function itemsOf(kind: string, value: unknown): Message[] {
  if (kind === 'list') return value as Message[];
  return kind === 'map' ? Object.values(value as Record<string, Message>) : [value as Message];
}

function sortedObject(object: Record<string, unknown>): Record<string, unknown> {
  const sorted: Record<string, unknown> = {};
  for (const key of Object.keys(object).sort()) sorted[key] = object[key];
  return sorted;
}

function sortedJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedJson);
  if (typeof value !== 'object' || value === null) return value;
  const sorted: Record<string, unknown> = {};
  const object = value as Record<string, unknown>;
  for (const key of Object.keys(object).sort()) sorted[key] = sortedJson(object[key]);
  return sorted;
}
