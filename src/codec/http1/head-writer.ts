import type { Buffer } from '../../../sdk/buffer.ts';
import type { Block } from '../../common/buffer/block.ts';
import { copyRun, type WordMemory, wordSlack, writeLatin1 } from '../../common/buffer/bytes.ts';
import type { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import type { HeaderEntries } from '../../common/headers/header-entries.ts';
import type { HeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { nameTable } from '../../common/headers/name-table.ts';
import { HeaderNames } from '../../common/headers/names.ts';

const colon = 0x3a;
const crlf = '\r\n';
const authorityId = nameTable.idOf(HeaderNames.Authority);
const endOfHead = '\r\n\r\n';

/** `CRLF name colon space` of the known names, one after the other, by id. `:authority` goes out as Host. */
class LinePrefixes implements WordMemory {
  readonly bytes: Uint8Array;
  readonly words: DataView;
  readonly starts: Uint16Array;

  constructor() {
    this.starts = new Uint16Array(nameTable.size + 1);
    let text = '';
    for (let id = 0; id < nameTable.size; id++) {
      const name = nameTable.name(id);
      if (name.charCodeAt(0) !== colon) text += `${crlf}${name}: `;
      else if (id === authorityId) text += `${crlf}host: `;
      this.starts[id + 1] = text.length;
    }
    this.bytes = new Uint8Array(text.length + wordSlack);
    this.words = new DataView(this.bytes.buffer);
    writeLatin1(text, this.bytes, 0);
  }
}

const prefixes = new LinePrefixes();

/** Pseudo headers other than `:authority` are no lines. */
function isLeftOut(headers: HeaderEntries, index: number, id: number): boolean {
  if (id >= 0) return prefixes.starts[id] === prefixes.starts[id + 1];
  return headers.nameAt(index).charCodeAt(0) === colon;
}

/** How many bytes `writeLines` writes. */
function sizeOfLines(headers: HeaderEntries): number {
  const { size } = headers;
  const { starts } = prefixes;
  let bytes = 0;
  for (let i = 0; i < size; i++) {
    const id = headers.idAt(i);
    if (isLeftOut(headers, i, id)) continue;
    bytes += id >= 0 ? (starts[id + 1] as number) - (starts[id] as number) : headers.nameAt(i).length + 4;
    bytes += headers.valueLengthAt(i);
  }
  return bytes;
}

/** The header fields, a line end before each; index behind them. The end of the head must follow: it covers the slack. */
function writeLines(headers: HeaderEntries, to: WordMemory, position: number): number {
  const { size } = headers;
  const { starts } = prefixes;
  let at = position;
  for (let i = 0; i < size; i++) {
    const id = headers.idAt(i);
    if (isLeftOut(headers, i, id)) continue;
    if (id >= 0) {
      const from = starts[id] as number;
      const end = starts[id + 1] as number;
      copyRun(prefixes, from, end, to, at);
      at += end - from;
    } else {
      at = writeText(crlf, to.bytes, at);
      at = writeText(headers.nameAt(i), to.bytes, at);
      at = writeText(': ', to.bytes, at);
    }
    at = headers.writeValueAt(i, to, at);
  }
  return at;
}

function writeText(text: string, to: Uint8Array, position: number): number {
  writeLatin1(text, to, position);
  return position + text.length;
}

/** The field lines as text, for names that go out in another spelling. */
function spelledLines(headers: HeaderEntries, formatter: HeaderKeyFormatter): string {
  let text = '';
  for (let i = 0; i < headers.size; i++) {
    if (isLeftOut(headers, i, headers.idAt(i))) continue;
    const name = headers.nameAt(i);
    text = `${text}${crlf}${formatter.format(name === HeaderNames.Authority ? 'host' : name)}: ${headers.valueAt(i)}`;
  }
  return text;
}

/** A field line that the codec adds to those of the headers. */
export interface AddedLine {
  readonly name: string;
  readonly value: string;
  /** With its line end before. */
  readonly text: string;
}

export const lengthZeroLine: AddedLine = addedLine(HeaderNames.ContentLength, '0');
export const chunkedLine: AddedLine = addedLine(HeaderNames.TransferEncoding, 'chunked');

function addedLine(name: string, value: string): AddedLine {
  return { name, value, text: `${crlf}${name}: ${value}` };
}

/**
 * Writes a head; the bytes of its field lines, as Envoy counts them.
 * @param first the request's method, or the whole status line
 * @param target '' in a response
 */
export function writeHead(
  output: SliceBuffer,
  first: string,
  target: string,
  headers: HeaderEntries,
  added: AddedLine | undefined,
  formatter: HeaderKeyFormatter | undefined,
): number {
  const start = target === '' ? first.length : first.length + target.length + requestLineEnd.length + 1;
  if (formatter !== undefined) return writeSpelledHead(output, first, target, headers, added, formatter);
  const lines = sizeOfLines(headers) + (added === undefined ? 0 : added.text.length);
  const bytes = start + lines + endOfHead.length;
  const slice = output.appendable(bytes);
  const to = slice.memory;
  let at = writeText(first, to, slice.end);
  if (target !== '') {
    to[at++] = 0x20;
    at = writeText(target, to, at);
    at = writeText(requestLineEnd, to, at);
  }
  at = writeLines(headers, slice.block as Block, at);
  if (added !== undefined) at = writeText(added.text, to, at);
  writeText(endOfHead, to, at);
  output.appended(slice, bytes);
  return lines;
}

const requestLineEnd = ' HTTP/1.1';

function writeSpelledHead(
  output: SliceBuffer,
  first: string,
  target: string,
  headers: HeaderEntries,
  added: AddedLine | undefined,
  formatter: HeaderKeyFormatter,
): number {
  const startLine = target === '' ? first : `${first} ${target}${requestLineEnd}`;
  let lines = spelledLines(headers, formatter);
  if (added !== undefined) lines += `${crlf}${formatter.format(added.name)}: ${added.value}`;
  output.add(startLine + lines + endOfHead);
  return lines.length;
}

/** Writes what ends a chunked body with trailers; the bytes of their lines. */
export function writeTrailers(output: SliceBuffer, trailers: HeaderEntries): number {
  const lines = sizeOfLines(trailers);
  const bytes = lastChunk.length + lines + endOfHead.length;
  const slice = output.appendable(bytes);
  const at = writeLines(trailers, slice.block as Block, writeText(lastChunk, slice.memory, slice.end));
  writeText(endOfHead, slice.memory, at);
  output.appended(slice, bytes);
  return lines;
}

/** Writes a body, chunked or as it is. */
export function writeBody(output: Buffer, data: Buffer, chunked: boolean): void {
  const { length } = data;
  if (length === 0) return;
  if (chunked) output.add(length.toString(16) + crlf);
  output.move(data);
  if (chunked) output.add(crlf);
}

/** Without its line end: trailers follow. */
const lastChunk = '0';
export const endOfChunks = '0\r\n\r\n';
