import type { Struct, StructValue } from '../../../sdk/stream-info.ts';

/** The value at a path of keys; undefined where the path leaves the objects. */
export function metadataValue(metadata: Struct | undefined, keys: readonly string[]): StructValue | undefined {
  let value: StructValue | undefined = metadata;
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    value = Object.hasOwn(value, key) ? (value as Struct)[key] : undefined;
  }
  return value;
}
