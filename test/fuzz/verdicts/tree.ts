/** A configuration document seen with its types: every object in it that is a message. */
import type { DescField, DescMessage } from '@bufbuild/protobuf';
import type { TypeRegistry } from '../../../src/common/proto/type-registry.ts';

export type Json = null | boolean | number | string | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/** An object of the document, of a known message type. */
export interface Place {
  readonly desc: DescMessage;
  readonly object: JsonObject;
  readonly path: string;
}

export function isJsonObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function fieldNamed(desc: DescMessage, key: string): DescField | undefined {
  return desc.fields.find((field) => field.name === key || field.jsonName === key);
}

/** Types whose JSON is no object with their fields as keys. */
export function isSpecial(desc: DescMessage): boolean {
  return desc.typeName.startsWith('google.protobuf.') && desc.typeName !== 'google.protobuf.Any';
}

/** Every message below, the outermost first. */
export function places(types: TypeRegistry, desc: DescMessage, object: JsonObject, path = ''): Place[] {
  if (desc.typeName === 'google.protobuf.Any') return packedPlaces(types, object, path);
  const found: Place[] = [{ desc, object, path }];
  for (const [key, value] of Object.entries(object)) {
    const field = fieldNamed(desc, key);
    const message = field && messageIn(field);
    if (message === undefined || isSpecial(message)) continue;
    for (const [at, item] of itemsOf(field, value)) {
      if (isJsonObject(item)) found.push(...places(types, message, item, `${path}.${key}${at}`));
    }
  }
  return found;
}

function packedPlaces(types: TypeRegistry, object: JsonObject, path: string): Place[] {
  const desc = types.messageForUrl(String(object['@type'] ?? ''));
  return desc === undefined || isSpecial(desc) ? [] : places(types, desc, object, path);
}

function messageIn(field: DescField): DescMessage | undefined {
  if (field.fieldKind === 'enum' || field.fieldKind === 'scalar') return undefined;
  return 'message' in field ? field.message : undefined;
}

function itemsOf(field: DescField | undefined, value: Json): [string, Json][] {
  if (field?.fieldKind === 'map' && isJsonObject(value)) {
    return Object.entries(value).map(([key, item]) => [`[${JSON.stringify(key)}]`, item]);
  }
  if (Array.isArray(value)) return value.map((item, index) => [`[${index}]`, item]);
  return [['', value]];
}
