/**
 * Byte strings: each character is one byte (Latin-1), as header values are. What the formatter makes is one, so that
 * bytes of a header and UTF-8 of the configuration stand side by side in a log line and are cut by bytes, as in Envoy.
 */

import { Buffer as Bytes } from 'node:buffer';

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const ascii = /^[\x00-\x7f]*$/;

/** What stands for a byte that is no UTF-8 in a text: half a surrogate pair, which no decoded text has. */
const strayByte = /([\udc80-\udcff])/u;
const strayBase = 0xdc00;

/** Bytes, or the UTF-8 bytes of a text, as a byte string. */
export function toByteText(source: string | Uint8Array): string {
  if (typeof source !== 'string') {
    return Bytes.from(source.buffer, source.byteOffset, source.byteLength).toString('latin1');
  }
  if (ascii.test(source)) return source;
  return strayByte.test(source)
    ? source.split(strayByte).map(strayToBytes).join('')
    : Bytes.from(source, 'utf8').toString('latin1');
}

/** Of a text that is split at its stray bytes. */
function strayToBytes(part: string, index: number): string {
  return index % 2 === 0
    ? Bytes.from(part, 'utf8').toString('latin1')
    : String.fromCharCode(part.charCodeAt(0) - strayBase);
}

/** Any byte string as a text of which `toByteText` makes the same bytes again. */
export function textOfBytes(bytes: string): string {
  const text = fromByteText(bytes);
  return text ?? bytes.replace(/[\x80-\xff]/g, (byte) => String.fromCharCode(byte.charCodeAt(0) + strayBase));
}

/** The bytes of a byte string. */
export function bytesOf(text: string): Uint8Array {
  return Bytes.from(text, 'latin1');
}

/** The text that a byte string holds in UTF-8; undefined when its bytes are not UTF-8. */
export function fromByteText(bytes: string): string | undefined {
  if (ascii.test(bytes)) return bytes;
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytesOf(bytes));
  } catch {
    return undefined;
  }
}

/** The first `maxLength` bytes. */
export function truncate(bytes: string, maxLength: number | undefined): string {
  return maxLength !== undefined && bytes.length > maxLength ? bytes.slice(0, maxLength) : bytes;
}
