/** Messages in protobuf's JSON form, printed as Envoy does: an indent of one space, a newline at the end. */

import type { JsonObject } from './admin-context.ts';
import { type AdminResponse, JSON_TYPE } from './admin-handler.ts';

export function jsonReply(message: JsonObject): AdminResponse {
  return { status: 200, contentType: JSON_TYPE, body: printJson(message) };
}

/** Fields that are undefined are left out. `<` and `>` are escaped, so that no page can be taken for HTML. */
export function printJson(message: JsonObject): string {
  const text = JSON.stringify(message, null, 1);
  return `${text.replace(/[<>\u007f-\u009f\u2028\u2029\ufeff]/g, escapeCode)}\n`;
}

function escapeCode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** A list field: absent when it is empty. */
export function listField<T>(values: readonly T[]): readonly T[] | undefined {
  return values.length === 0 ? undefined : values;
}
