/** google.protobuf.Struct, Value and ListValue as JSON, and back. */
import type { JsonObject, JsonValue, Message } from '@bufbuild/protobuf';

export interface StructMessage extends Message {
  readonly fields: Record<string, ValueMessage>;
}

export interface ListMessage extends Message {
  readonly values: ValueMessage[];
}

export interface ValueMessage extends Message {
  readonly kind:
    | { readonly case: 'structValue'; readonly value: StructMessage }
    | { readonly case: 'listValue'; readonly value: ListMessage }
    | { readonly case: 'nullValue'; readonly value: 0 }
    | { readonly case: 'numberValue'; readonly value: number }
    | { readonly case: 'stringValue'; readonly value: string }
    | { readonly case: 'boolValue'; readonly value: boolean }
    | { readonly case: undefined };
}

export function structToJson({ fields }: StructMessage): JsonObject {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, valueToJson(value)]));
}

export function listToJson({ values }: ListMessage): JsonValue[] {
  return values.map(valueToJson);
}

export function valueToJson({ kind }: ValueMessage): JsonValue {
  switch (kind.case) {
    case 'structValue':
      return structToJson(kind.value);
    case 'listValue':
      return listToJson(kind.value);
    case undefined:
    case 'nullValue':
      return null;
    default:
      return kind.value;
  }
}

export function jsonToStruct(json: JsonObject): StructMessage {
  const fields = Object.fromEntries(Object.entries(json).map(([name, value]) => [name, jsonToValue(value)]));
  return { $typeName: 'google.protobuf.Struct', fields };
}

export function jsonToList(json: readonly JsonValue[]): ListMessage {
  return { $typeName: 'google.protobuf.ListValue', values: json.map(jsonToValue) };
}

export function jsonToValue(json: JsonValue): ValueMessage {
  return { $typeName: 'google.protobuf.Value', kind: kindOf(json) };
}

function kindOf(json: JsonValue): ValueMessage['kind'] {
  if (json === null) return { case: 'nullValue', value: 0 };
  switch (typeof json) {
    case 'number':
      return { case: 'numberValue', value: json };
    case 'string':
      return { case: 'stringValue', value: json };
    case 'boolean':
      return { case: 'boolValue', value: json };
    default:
      if (Array.isArray(json)) return { case: 'listValue', value: jsonToList(json) };
      return { case: 'structValue', value: jsonToStruct(json as JsonObject) };
  }
}
