import { Buffer } from 'node:buffer';

/** A text's UTF-8 as a string of bytes, each character one. */
export function utf8Bytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
