/** Envoy counts bodies in 64 bits. */
const maxLength = '18446744073709551615';

/** The length that a Content-Length value states, or undefined when it states none (digits only; RFC 9110 8.6). */
export function parseContentLength(value: string): number | undefined {
  if (!/^\d+$/.test(value)) return undefined;
  if (value.length < 16) return Number(value);
  const digits = value.replace(/^0+/, '');
  const tooLong = digits.length > maxLength.length || (digits.length === maxLength.length && digits > maxLength);
  return tooLong ? undefined : Number(digits);
}

/** The same for the usual value, one to fifteen digits; -1 for any other. */
export function readContentLength(bytes: Uint8Array, start: number, end: number): number {
  if (start === end || end - start > 15) return -1;
  let length = 0;
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    length = length * 10 + digit;
  }
  return length;
}
