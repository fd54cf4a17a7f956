/** What is computed from the bins of a histogram, as circllhist and Envoy do (source/common/stats/histogram_impl.cc). */
import { binLeft, binMidpoint, binOf, binWidth } from './histogram-bin.ts';

/** Bins in ascending order and the samples in each. */
export interface HistogramSnapshot {
  readonly bins: readonly number[];
  readonly counts: readonly number[];
}

export const EMPTY_HISTOGRAM: HistogramSnapshot = Object.freeze({ bins: [], counts: [] });

/** The quantiles that Envoy shows. */
export const SUPPORTED_QUANTILES: readonly number[] = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1];

/** Upper borders of the buckets that Envoy shows unless `stats_config.histogram_bucket_settings` says otherwise. */
export const DEFAULT_BUCKETS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000,
  3_600_000,
];

export function histogramSnapshot(counts: ReadonlyMap<number, number>): HistogramSnapshot {
  const bins = [...counts.keys()].filter((bin) => counts.get(bin) !== 0).sort((a, b) => a - b);
  return { bins, counts: bins.map((bin) => counts.get(bin) ?? 0) };
}

export function sampleCount(histogram: HistogramSnapshot): number {
  let total = 0;
  for (const count of histogram.counts) total += count;
  return total;
}

/** Each sample stands for its bin, so the sum is near, not exact. */
export function sampleSum(histogram: HistogramSnapshot): number {
  let sum = 0;
  for (let i = 0; i < histogram.bins.length; i++) {
    sum += binMidpoint(histogram.bins[i] as number) * (histogram.counts[i] as number);
  }
  return sum;
}

/**
 * Values of the quantiles (ascending, in [0, 1]); NaN for each when there is no sample.
 * The n samples of a bin are taken to lie at k / (n + 1) of its width, k = 1 … n (Hyndman-Fan type 1).
 */
export function quantiles(histogram: HistogramSnapshot, wanted: readonly number[]): number[] {
  const total = sampleCount(histogram);
  if (total === 0) return wanted.map(() => Number.NaN);
  const last = histogram.bins.length - 1;
  let at = 0;
  let below = 0;
  return wanted.map((quantile) => {
    const rank = total * quantile;
    while (at < last && below + (histogram.counts[at] as number) < rank) {
      below += histogram.counts[at] as number;
      at++;
    }
    const bin = histogram.bins[at] as number;
    const nth = Math.max(1, Math.ceil(rank - below));
    return binLeft(bin) + (nth / ((histogram.counts[at] as number) + 1)) * binWidth(bin);
  });
}

/** Samples in bins up to and with the bin of each border (ascending). */
export function cumulativeBuckets(histogram: HistogramSnapshot, borders: readonly number[]): number[] {
  let at = 0;
  let running = 0;
  return borders.map((border) => {
    const borderBin = binOf(border) ?? Number.POSITIVE_INFINITY;
    while (at < histogram.bins.length && (histogram.bins[at] as number) <= borderBin) {
      running += histogram.counts[at] as number;
      at++;
    }
    return running;
  });
}

/** Samples of each bucket alone, what lies above the last border left out. */
export function disjointBuckets(histogram: HistogramSnapshot, borders: readonly number[]): number[] {
  const cumulative = cumulativeBuckets(histogram, borders);
  return cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0));
}

/** A bin as `histogram_buckets=detailed` shows it. */
export interface DetailedBucket {
  readonly lowerBound: number;
  readonly width: number;
  readonly count: number;
}

export function detailedBuckets(histogram: HistogramSnapshot): DetailedBucket[] {
  return histogram.bins.map((bin, index) => ({
    lowerBound: binLeft(bin),
    width: binWidth(bin),
    count: histogram.counts[index] as number,
  }));
}
