/** Messages in protobuf's JSON form, printed as Envoy does: an indent of one space, a newline at the end. */
import { LazyItems } from '../../common/proto/lazy-items.ts';
import type { JsonObject, JsonValue } from './admin-context.ts';
import { type AdminResponse, JSON_TYPE } from './admin-handler.ts';

const CHUNK_CHARACTERS = 1 << 16;

export function jsonReply(message: JsonObject): AdminResponse {
  return { status: 200, contentType: JSON_TYPE, body: printJson(message) };
}

/** In chunks. Fields that are undefined are left out. `<` and `>` are escaped, so that no page can be taken for HTML. */
export function* printJson(message: JsonObject): Iterable<string> {
  let chunk = '';
  for (const piece of pieces(message, '\n')) {
    chunk += piece;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield escaped(chunk);
    chunk = '';
  }
  yield `${escaped(chunk)}\n`;
}

/** What JSON.stringify prints, with what is lazy made as it comes. `indent`: a new line at the value's depth. */
function* pieces(value: JsonValue, indent: string): Iterable<string> {
  if (value instanceof LazyItems) return yield* listPieces(value, indent);
  if (!hasLazyItems(value)) return yield JSON.stringify(value, null, 1).replaceAll('\n', indent);
  if (Array.isArray(value)) return yield* listPieces(value as readonly JsonValue[], indent);
  let separator = '{';
  for (const [key, field] of Object.entries(value as JsonObject)) {
    if (field === undefined) continue;
    yield `${separator}${indent} ${JSON.stringify(key)}: `;
    yield* pieces(field, `${indent} `);
    separator = ',';
  }
  yield `${indent}}`;
}

function* listPieces(items: Iterable<JsonValue>, indent: string): Iterable<string> {
  let separator = '[';
  for (const item of items) {
    yield `${separator}${indent} `;
    yield* pieces(item, `${indent} `);
    separator = ',';
  }
  yield separator === '[' ? '[]' : `${indent}]`;
}

function hasLazyItems(value: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (value instanceof LazyItems) return true;
  for (const inner of Object.values(value)) if (hasLazyItems(inner)) return true;
  return false;
}

const ESCAPED = /[<>\u007f-\u009f\u2028\u2029\ufeff]/g;

function escaped(text: string): string {
  return text.replace(ESCAPED, escapeCode);
}

function escapeCode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A list field: absent when it is empty. */
export function listField<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}
