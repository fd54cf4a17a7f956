import type { Buffer } from '../../../sdk/buffer.ts';
import type { HeaderMap } from '../../../sdk/headers.ts';
import type { HeaderKeyFormatter } from '../../common/headers/key-formatter.ts';

const colon = 0x3a;
const crlf = '\r\n';

/** The header fields as they go on the wire, `:authority` as Host, other pseudo headers left out. */
export function fieldLines(headers: HeaderMap, formatter: HeaderKeyFormatter | undefined): string {
  if (formatter !== undefined) return formattedLines(headers, formatter);
  let text = '';
  const { size } = headers;
  for (let i = 0; i < size; i++) {
    const name = headers.nameAt(i);
    if (name.charCodeAt(0) !== colon) text += `${name}: ${headers.valueAt(i)}${crlf}`;
    else if (name === ':authority') text += `host: ${headers.valueAt(i)}${crlf}`;
  }
  return text;
}

function formattedLines(headers: HeaderMap, formatter: HeaderKeyFormatter): string {
  let text = '';
  for (let i = 0; i < headers.size; i++) {
    const name = headers.nameAt(i);
    if (name === ':authority') text += fieldLine('host', headers.valueAt(i), formatter);
    else if (name.charCodeAt(0) !== colon) text += fieldLine(name, headers.valueAt(i), formatter);
  }
  return text;
}

export function fieldLine(name: string, value: string, formatter: HeaderKeyFormatter | undefined): string {
  return `${formatter === undefined ? name : formatter.format(name)}: ${value}${crlf}`;
}

/** Writes a body, chunked or as it is. */
export function writeBody(output: Buffer, data: Buffer, chunked: boolean): void {
  const { length } = data;
  if (length === 0) return;
  if (chunked) output.add(length.toString(16) + crlf);
  output.move(data);
  if (chunked) output.add(crlf);
}

export const lastChunk = '0\r\n';
export const endOfChunks = '0\r\n\r\n';
