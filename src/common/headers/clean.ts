/** What may go out as a name or a value: nothing that would end a line or hide in one (RFC 9110 section 5.5). */

import { lowerNameByte, nameTable } from './name-table.ts';

const del = 0x7f;
const space = 0x20;
const tab = 0x09;
const colon = 0x3a;

export function isCleanValue(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const char = value.charCodeAt(i);
    if ((char < space && char !== tab) || char === del || char > 0xff) return false;
  }
  return true;
}

/** A token; pseudo headers never go out under their name. */
export function isCleanName(name: string): boolean {
  if (nameTable.idOf(name) >= 0 || name.charCodeAt(0) === colon) return true;
  for (let i = 0; i < name.length; i++) {
    if (!((lowerNameByte[name.charCodeAt(i)] ?? 0) > 0)) return false;
  }
  return name !== '';
}
