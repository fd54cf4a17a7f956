/** What absl::SimpleAtod reads: spaces around, a sign, decimals or hexadecimals with an exponent, infinities and NaN. */
export function parseNumber(text: string): number | undefined {
  const trimmed = text.trim();
  if (/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(trimmed)) return Number(trimmed);
  const [, sign, rest = ''] = /^([+-]?)(.*)$/s.exec(trimmed) ?? [];
  const magnitude = parseWord(rest) ?? parseHexadecimal(rest);
  return magnitude !== undefined && sign === '-' ? -magnitude : magnitude;
}

function parseWord(text: string): number | undefined {
  if (/^nan$/i.test(text)) return Number.NaN;
  return /^inf(inity)?$/i.test(text) ? Number.POSITIVE_INFINITY : undefined;
}

/** The exponent is one of two. */
function parseHexadecimal(text: string): number | undefined {
  const [, whole = '', fraction = '', exponent = '0'] = /^0x([\da-f]*)\.?([\da-f]*)(?:p([+-]?\d+))?$/i.exec(text) ?? [];
  if (whole + fraction === '') return undefined;
  return Number(`0x${whole}${fraction}`) * 2 ** (Number(exponent) - 4 * fraction.length);
}
