/** Numbers that mean nothing and keep servers from choking on new ones: 0x0a0a, 0x1a1a … 0xfafa (RFC 8701). */
export function isGrease(number: number): boolean {
  return (number & 0x0f0f) === 0x0a0a && number >>> 8 === (number & 0xff);
}
