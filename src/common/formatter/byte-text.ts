/**
 * Byte strings: each character is one byte (Latin-1), as header values are. What the formatter makes is one, so that
 * bytes of a header and UTF-8 of the configuration stand side by side in a log line and are cut by bytes, as in Envoy.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: ASCII begins with them
const ascii = /^[\x00-\x7f]*$/;

/** The UTF-8 bytes of a text as a byte string. */
export function toByteText(text: string): string {
  if (ascii.test(text)) return text;
  let bytes = '';
  for (const byte of new TextEncoder().encode(text)) bytes += String.fromCharCode(byte);
  return bytes;
}

/** The text that a byte string holds in UTF-8; undefined when its bytes are not UTF-8. */
export function fromByteText(bytes: string): string | undefined {
  if (ascii.test(bytes)) return bytes;
  const octets = new Uint8Array(bytes.length);
  for (let i = 0; i < bytes.length; i++) octets[i] = bytes.charCodeAt(i);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(octets);
  } catch {
    return undefined;
  }
}

/** The first `maxLength` bytes. */
export function truncate(bytes: string, maxLength: number | undefined): string {
  return maxLength !== undefined && bytes.length > maxLength ? bytes.slice(0, maxLength) : bytes;
}
