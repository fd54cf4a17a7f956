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
