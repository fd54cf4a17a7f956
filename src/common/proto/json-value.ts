/** What YAML and JSON readers hand to the proto reader. */

export type JsonInput = null | boolean | number | bigint | string | readonly JsonInput[] | JsonInputObject;
export interface JsonInputObject {
  readonly [key: string]: JsonInput;
}

export function isObject(value: JsonInput): value is JsonInputObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Array.isArray does not narrow a readonly array out of a union. */
export function isList(value: JsonInput): value is readonly JsonInput[] {
  return Array.isArray(value);
}

/** Names a value in a message to a person: its kind and, when short, itself. */
export function describeValue(value: JsonInput): string {
  if (value === null) return 'null';
  if (isList(value)) return 'a list';
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string')
    return `string ${JSON.stringify(value.length > 60 ? `${value.slice(0, 57)}...` : value)}`;
  return `${typeof value === 'boolean' ? 'boolean' : 'number'} ${value}`;
}
