import type { Buffer } from '../../../sdk/buffer.ts';
import type { Block } from '../../common/buffer/block.ts';
import { wordSlack, writeLatin1 } from '../../common/buffer/bytes.ts';
import type { Slice } from '../../common/buffer/slice.ts';
import type { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import { TextTable } from '../../common/buffer/text-table.ts';
import type { HeaderEntries } from '../../common/headers/header-entries.ts';
import { pathPlace } from '../../common/headers/header-map.ts';
import type { HeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { HeaderNames } from '../../common/headers/names.ts';
import { reasonPhrase } from './reason-phrases.ts';

const colon = 0x3a;
const space = 0x20;
const crlf = '\r\n';
const endOfHead = '\r\n\r\n';
/** The same as a word. */
const endOfHeadWord = 0x0d0a_0d0a;
const requestLineEnd = ' HTTP/1.1';

function statusLine(status: number): string {
  return `HTTP/1.1 ${status} ${reasonPhrase(status)}`;
}

const tableStatuses = 600;
/** By status. */
const statusLines = new TextTable(Array.from({ length: tableStatuses }, (_, status) => statusLine(status)));

function hasTableLine(status: number): boolean {
  return (status | 0) === status && status >= 0 && status < tableStatuses;
}

/** A field line that the codec adds to those of the headers. */
export interface AddedLine {
  readonly name: string;
  readonly value: string;
  /** Its place in `parts`, with its line end before. */
  readonly part: number;
}

export const lengthZeroLine: AddedLine = { name: HeaderNames.ContentLength, value: '0', part: 0 };
export const chunkedLine: AddedLine = { name: HeaderNames.TransferEncoding, value: 'chunked', part: 1 };
const addedLines = [lengthZeroLine, chunkedLine].map(({ name, value }) => `${crlf}${name}: ${value}`);
const requestLineEndPart = 2;
const getPart = 3;
const postPart = 4;
const parts = new TextTable([...addedLines, requestLineEnd, 'GET ', 'POST ']);

/** Behind the lines of the headers: a line that is added, the end, and what is written beyond it. */
const tailBytes = 32 + endOfHead.length + wordSlack;
/** For lines and tail: so much there is mostly, so that they need not be measured before they are written. */
const usualBytes = 512;

function writeText(text: string, to: Uint8Array, position: number): number {
  writeLatin1(text, to, position);
  return position + text.length;
}

function writeMethod(method: string, to: Block, at: number): number {
  if (method === 'GET') return parts.write(getPart, to.words, at);
  if (method === 'POST') return parts.write(postPart, to.words, at);
  const end = writeText(method, to.bytes, at);
  to.bytes[end] = space;
  return end + 1;
}

/**
 * Writes what follows the first line, which ends at `from`; the bytes of its field lines, as Envoy counts them, or -1 when
 * they do not fit, and nothing has been added to the output.
 */
function writeFields(
  output: SliceBuffer,
  slice: Slice,
  from: number,
  headers: HeaderEntries,
  added: AddedLine | undefined,
): number {
  const block = slice.block as Block;
  const linesEnd = headers.writeLines(block, from, block.bytes.length - tailBytes);
  if (linesEnd < 0) {
    output.appended(slice, 0);
    return -1;
  }
  const end = added === undefined ? linesEnd : parts.write(added.part, block.words, linesEnd);
  block.words.setInt32(end, endOfHeadWord);
  output.appended(slice, end + endOfHead.length - slice.end);
  return end - from;
}

/** Writes a request's head; the bytes of its field lines. */
export function writeRequestHead(
  output: SliceBuffer,
  method: string,
  target: string,
  headers: HeaderEntries,
  added: AddedLine | undefined,
  room: number = usualBytes,
): number {
  const slice = output.appendable(method.length + 1 + target.length + requestLineEnd.length + room);
  const block = slice.block as Block;
  const methodEnd = writeMethod(method, block, slice.end);
  const targetEnd = headers.writeText(target, pathPlace, block, methodEnd);
  const lineEnd = parts.write(requestLineEndPart, block.words, targetEnd);
  const bytes = writeFields(output, slice, lineEnd, headers, added);
  if (bytes >= 0) return bytes;
  return writeRequestHead(output, method, target, headers, added, headers.lineBytes + tailBytes);
}

/**
 * Writes a response's head; the bytes of its field lines.
 * @param first the status line, or the status when it is the usual one
 */
export function writeResponseHead(
  output: SliceBuffer,
  first: string | number,
  headers: HeaderEntries,
  added: AddedLine | undefined,
  room: number = usualBytes,
): number {
  if (typeof first === 'number' && !hasTableLine(first)) {
    return writeResponseHead(output, statusLine(first), headers, added);
  }
  const slice = output.appendable((typeof first === 'number' ? statusLines.lengthOf(first) : first.length) + room);
  const block = slice.block as Block;
  const lineEnd =
    typeof first === 'number'
      ? statusLines.write(first, block.words, slice.end)
      : writeText(first, block.bytes, slice.end);
  const bytes = writeFields(output, slice, lineEnd, headers, added);
  return bytes >= 0 ? bytes : writeResponseHead(output, first, headers, added, headers.lineBytes + tailBytes);
}

/** Writes what ends a chunked body with trailers; the bytes of their lines. */
export function writeTrailers(output: SliceBuffer, trailers: HeaderEntries): number {
  return writeResponseHead(output, lastChunk, trailers, undefined);
}

/** The same for names that go out in another spelling. */
export function writeSpelledHead(
  output: SliceBuffer,
  first: string | number,
  target: string,
  headers: HeaderEntries,
  added: AddedLine | undefined,
  formatter: HeaderKeyFormatter,
): number {
  const line = typeof first === 'number' ? statusLine(first) : first;
  const startLine = target === '' ? line : `${line} ${target}${requestLineEnd}`;
  let lines = spelledLines(headers, formatter);
  if (added !== undefined) lines += `${crlf}${formatter.format(added.name)}: ${added.value}`;
  output.add(startLine + lines + endOfHead);
  return lines.length;
}

/** The field lines as text. */
function spelledLines(headers: HeaderEntries, formatter: HeaderKeyFormatter): string {
  let text = '';
  for (let i = 0; i < headers.size; i++) {
    const name = headers.nameAt(i);
    const written = name === HeaderNames.Authority ? HeaderNames.Host : name;
    if (written.charCodeAt(0) !== colon) text += `${crlf}${formatter.format(written)}: ${headers.valueAt(i)}`;
  }
  return text;
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
