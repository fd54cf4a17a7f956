import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import type { HeaderKeyFormatter } from '../../common/headers/key-formatter.ts';
import { HeaderNames } from '../../common/headers/names.ts';

const colon = 0x3a;
const crlf = '\r\n';

/** `CRLF name colon space` of the names that the proxy knows: two pieces a line are joined instead of four. */
const linePrefixes: ReadonlyMap<string, string> = new Map(
  Object.values(HeaderNames).map((name) => [name, `${crlf}${name === ':authority' ? 'host' : name}: `]),
);

/** The header fields, a line end before each, `:authority` as Host, other pseudo headers left out. */
export function fieldLines(headers: HeaderMap, formatter: HeaderKeyFormatter | undefined): string {
  let text = '';
  const { size } = headers;
  for (let i = 0; i < size; i++) {
    const name = headers.nameAt(i);
    if (name.charCodeAt(0) === colon && name !== ':authority') continue;
    text = text + linePrefix(name, formatter) + headers.valueAt(i);
  }
  return text;
}

export function fieldLine(name: string, value: string, formatter: HeaderKeyFormatter | undefined): string {
  return linePrefix(name, formatter) + value;
}

function linePrefix(name: string, formatter: HeaderKeyFormatter | undefined): string {
  if (formatter === undefined) return linePrefixes.get(name) ?? `${crlf}${name}: `;
  return `${crlf}${formatter.format(name === ':authority' ? 'host' : name)}: `;
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
export const lastChunk = '0';
export const endOfChunks = '0\r\n\r\n';
