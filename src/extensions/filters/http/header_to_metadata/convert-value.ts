import type { StructValue } from '../../../../../sdk/stream-info.ts';
import { textOfBytes } from '../../../../common/formatter/byte-text.ts';
import { parseNumber } from '../../../../common/proto/parse-number.ts';
import { readValueBytes } from '../../../../common/proto/struct-bytes.ts';
import type { Target } from './config.ts';

/** A byte string as its rule says to read it; `no base64`, or undefined when it is nothing of its type. */
export function convertValue(
  bytes: string,
  { base64, type }: Pick<Target, 'base64' | 'type'>,
): { readonly value: StructValue } | 'no base64' | undefined {
  const decoded = base64 ? decodeBase64(bytes) : bytes;
  if (decoded === '') return 'no base64';
  switch (type) {
    case 'STRING':
      return { value: textOfBytes(decoded) };
    case 'NUMBER': {
      const value = parseNumber(decoded);
      return value === undefined ? undefined : { value };
    }
    case 'PROTOBUF_VALUE':
      return readValue(decoded);
  }
}

/** With or without padding; '' = it is none, or has bits that no byte is made of. */
function decodeBase64(text: string): string {
  const plain = text.replace(/={1,2}$/, '');
  if (plain.length % 4 === 1 || !/^[A-Za-z0-9+/]*$/.test(plain)) return '';
  const bytes = atob(plain);
  return btoa(bytes).startsWith(plain) ? bytes : '';
}

/** The bytes of a google.protobuf.Value. */
function readValue(bytes: string): { readonly value: StructValue } | undefined {
  try {
    return { value: readValueBytes(Uint8Array.from(bytes, (char) => char.charCodeAt(0))) as StructValue };
  } catch {
    return undefined;
  }
}
