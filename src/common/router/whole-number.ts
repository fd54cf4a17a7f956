const LIMIT = 2n ** 64n;

/** A whole number of 64 bits that stands in a header; undefined when it is none. */
export function wholeNumber(text: string): bigint | undefined {
  if (!/^\d+$/.test(text) || text.length > 100) return undefined;
  const value = BigInt(text);
  return value < LIMIT ? value : undefined;
}
