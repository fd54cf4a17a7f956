/**
 * The bins of a log-linear histogram: 90 a power of ten, so a value is kept with two significant digits.
 * The bins are those of circllhist (https://arxiv.org/abs/2001.06561, section 2), as Envoy uses them.
 *
 * A bin is one integer, ordered as its values are: 0 for zero, `(exponent + 128) * 90 + (mantissa - 10) + 1` for
 * positive values in `[mantissa / 10, (mantissa + 1) / 10) * 10 ** exponent`, negated for negative ones.
 */

const MANTISSAS = 90;
const EXPONENT_BIAS = 128;
/** Keeps a value that stands exactly at a bin's border, but for rounding, on the right side. */
const ROUNDING_MARGIN = 1e-13;

export const ZERO_BIN = 0;

/** As literals: `10 ** n` is off by an ulp for some n, and borders are compared. */
const POWERS_OF_TEN: readonly number[] = Array.from({ length: 256 }, (_, index) =>
  Number(`1e${index - EXPONENT_BIAS}`),
);

/** The bin of a number; undefined for what no bin can hold (NaN, infinities, 1e128 and above). */
export function binOf(value: number): number | undefined {
  if (value === 0) return ZERO_BIN;
  const bin = Number.isInteger(value) ? integerBin(Math.abs(value)) : realBin(Math.abs(value));
  return value < 0 && bin !== undefined ? -bin : bin;
}

function integerBin(value: number): number | undefined {
  let mantissa = value;
  let exponent = 1;
  if (mantissa < 10) {
    mantissa *= 10;
    exponent = 0;
  }
  while (mantissa >= 100) {
    mantissa = Math.floor(mantissa / 10);
    exponent++;
  }
  return compose(mantissa, exponent);
}

function realBin(value: number): number | undefined {
  if (!(value < 1e128)) return undefined;
  let exponent = Math.floor(Math.log10(value));
  if (exponent < -EXPONENT_BIAS) return ZERO_BIN;
  let mantissa = Math.floor((value / powerOfTen(exponent)) * 10 + ROUNDING_MARGIN);
  if (mantissa === 100) {
    mantissa = 10;
    exponent++;
  }
  return mantissa >= 10 && mantissa < 100 ? compose(mantissa, exponent) : undefined;
}

function compose(mantissa: number, exponent: number): number | undefined {
  if (exponent > EXPONENT_BIAS - 1) return undefined;
  return (exponent + EXPONENT_BIAS) * MANTISSAS + (mantissa - 10) + 1;
}

/** The bin's value that is nearest to zero. */
export function binBase(bin: number): number {
  if (bin === ZERO_BIN) return 0;
  const index = Math.abs(bin) - 1;
  const base = (((index % MANTISSAS) + 10) / 10) * powerOfTen(binExponent(bin));
  return bin < 0 ? -base : base;
}

/** How wide the bin is; 0 for the bin of zero. */
export function binWidth(bin: number): number {
  return bin === ZERO_BIN ? 0 : powerOfTen(binExponent(bin)) / 10;
}

/** The bin's lower border. */
export function binLeft(bin: number): number {
  return bin < 0 ? binBase(bin) - binWidth(bin) : binBase(bin);
}

/** The value that stands for the bin when samples are summed: where the relative error to both borders is the same. */
export function binMidpoint(bin: number): number {
  if (bin === ZERO_BIN) return 0;
  const base = binBase(bin);
  const width = bin < 0 ? -binWidth(bin) : binWidth(bin);
  return base + width * (base / (base + (base + width)));
}

function binExponent(bin: number): number {
  return Math.floor((Math.abs(bin) - 1) / MANTISSAS) - EXPONENT_BIAS;
}

function powerOfTen(exponent: number): number {
  return POWERS_OF_TEN[exponent + EXPONENT_BIAS] ?? Number.NaN;
}
