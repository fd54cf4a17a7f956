/** What stands before the value in a line of HTTP/1: line end, name, colon and space. */
import { copyWords, writeLatin1 } from '../buffer/bytes.ts';
import { TextTable } from '../buffer/text-table.ts';
import { HeaderNames, knownHeaderNames } from './names.ts';

const colon = 0x3a;
const cr = 0x0d;
const lf = 0x0a;
const space = 0x20;
/** All but the name. */
const addedBytes = 4;

/** `:authority` goes out as Host; other pseudo headers are no lines. */
function prefixOf(name: string): string {
  if (name === HeaderNames.Authority) return prefixOf(HeaderNames.Host);
  return name.charCodeAt(0) === colon ? '' : `\r\n${name}: `;
}

/** Their parts are constants, which costs less where each line needs them. */
const table = new TextTable(knownHeaderNames.map(prefixOf));
const { words, starts } = table;
const lengthBits = 8;
const lengthMask = 0xff;
/** By id of the known name: start and length in one number, so that one look finds both. */
const places = Int32Array.from(
  knownHeaderNames,
  (_, id) => ((starts[id] as number) << lengthBits) | table.lengthOf(id),
);

/** The prefix of a known name. */
export function prefixPlace(id: number): number {
  return places[id] as number;
}

/** Of the prefix at `place`; 0 when the name is no line. */
export function prefixLength(place: number): number {
  return place & lengthMask;
}

export function writePrefix(place: number, to: DataView, at: number): void {
  const start = place >> lengthBits;
  copyWords(words, start, start + prefixLength(place), to, at);
}

/** Of another name; 0 when it is no line. */
export function namePrefixLength(name: string): number {
  return name.charCodeAt(0) === colon ? 0 : name.length + addedBytes;
}

export function writeNamePrefix(name: string, to: Uint8Array, at: number): void {
  to[at] = cr;
  to[at + 1] = lf;
  writeLatin1(name, to, at + 2);
  to[at + 2 + name.length] = colon;
  to[at + 3 + name.length] = space;
}
