/** Numbers as C++ prints them in Envoy's pages. */

/** `%.<digits>g`: at most so many significant digits, no trailing zeros, an exponent when it is small or large. */
export function formatGeneral(value: number, digits: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  if (value === 0) return '0';
  const scientific = value.toExponential(digits - 1);
  const exponent = Number(scientific.slice(scientific.indexOf('e') + 1));
  if (exponent < -4 || exponent >= digits) {
    const mantissa = scientific.slice(0, scientific.indexOf('e'));
    return `${stripZeros(mantissa)}e${exponentText(exponent)}`;
  }
  return stripZeros(value.toFixed(digits - 1 - exponent));
}

/** Counters and gauges are 64-bit unsigned in Envoy: a gauge below zero would wrap. */
export function formatInteger(value: number): string {
  if (value >= 0 && value <= Number.MAX_SAFE_INTEGER) return String(Math.floor(value));
  // The largest one does not fit a number: it is the nearest that does.
  if (value >= 2 ** 64) return String(2n ** 64n - 1n);
  return BigInt.asUintN(64, BigInt(Math.floor(value))).toString();
}

/** fmt's `{}`: the shortest digits that read back as the same value. */
export function formatShortest(value: number): string {
  if (!Number.isFinite(value)) return nonFinite(value);
  if (value === 0) return '0';
  const { mantissa, exponent } = shortestDigits(value);
  return exponent < -4 || exponent >= 16 ? `${mantissa}e${exponentText(exponent)}` : plain(value);
}

/** std::to_chars: of the plain and the scientific form the shorter one. As JSON: not a number is null. */
export function formatJsonNumber(value: number): string {
  if (!Number.isFinite(value)) return 'null';
  if (value === 0) return '0';
  const { mantissa, exponent } = shortestDigits(value);
  const scientific = `${mantissa}e${exponentText(exponent)}`;
  const fixed = plain(value);
  return fixed.length <= scientific.length ? fixed : scientific;
}

function shortestDigits(value: number): { readonly mantissa: string; readonly exponent: number } {
  const text = value.toExponential();
  const at = text.indexOf('e');
  return { mantissa: text.slice(0, at), exponent: Number(text.slice(at + 1)) };
}

function plain(value: number): string {
  const text = String(value);
  if (!text.includes('e')) return text;
  if (Math.abs(value) >= 1) return BigInt(value).toString();
  const { mantissa, exponent } = shortestDigits(value);
  return value.toFixed(Math.min(100, -exponent + mantissa.replace(/[-.]/g, '').length - 1));
}

function stripZeros(text: string): string {
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function exponentText(exponent: number): string {
  const size = Math.abs(exponent);
  return `${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
}

function nonFinite(value: number): string {
  return Number.isNaN(value) ? 'nan' : value < 0 ? '-inf' : 'inf';
}
