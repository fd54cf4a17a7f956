import type { Message } from '@bufbuild/protobuf';

type Fields = Record<string, unknown>;

/** A new message: `base` with what `over` says on top, as protobuf's MergeFrom has it. Lists are joined, messages merged. */
export function mergeMessages<M extends Message>(base: M, over: M): M {
  const merged = withFields(base, {}) as unknown as Fields;
  for (const [name, value] of Object.entries(over as unknown as Fields)) {
    if (name !== '$typeName' && name !== '$unknown') merged[name] = mergeField(merged[name], value);
  }
  return merged as unknown as M;
}

/** A copy of a message with some of its fields set anew. Its type is not among them: a spread would lose it. */
export function withFields<M extends Message>(message: M, fields: Partial<M>): M {
  return Object.assign(Object.create(Object.getPrototypeOf(message)), message, fields);
}

function mergeField(base: unknown, over: unknown): unknown {
  if (isUnset(over)) return base;
  if (Array.isArray(base) && Array.isArray(over)) return [...base, ...over];
  if (isMessage(base) && isMessage(over)) return mergeMessages(base, over);
  if (isOneof(base) && isOneof(over)) {
    return base.case === over.case ? { case: over.case, value: mergeField(base.value, over.value) } : over;
  }
  if (isMap(base) && isMap(over)) return { ...base, ...over };
  return over;
}

/** What a field holds that nobody has set. */
function isUnset(value: unknown): boolean {
  if (value === undefined || value === '' || value === 0 || value === 0n || value === false) return true;
  if (isOneof(value)) return value.case === undefined;
  return value instanceof Uint8Array && value.length === 0;
}

function isMessage(value: unknown): value is Message {
  return typeof value === 'object' && value !== null && '$typeName' in value;
}

function isOneof(value: unknown): value is { readonly case: string | undefined; readonly value?: unknown } {
  return typeof value === 'object' && value !== null && 'case' in value && !('$typeName' in value);
}

function isMap(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}
