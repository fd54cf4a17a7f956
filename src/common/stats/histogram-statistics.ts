/** What is computed from the bins of a histogram, as circllhist and Envoy do (source/common/stats/histogram_impl.cc). */
import { binBase, binLeft, binMidpoint, binWidth } from './histogram-bin.ts';

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

/** Each sample stands for its bin's middle, so the sum is near, not exact. */
export function sampleSum(histogram: HistogramSnapshot): number {
  let sum = 0;
  for (let i = 0; i < histogram.bins.length; i++) {
    sum += binMidpoint(histogram.bins[i] as number) * (histogram.counts[i] as number);
  }
  return sum;
}

/** Values of the quantiles (ascending, in [0, 1]), interpolated inside a bin; NaN for each when there is no sample. */
export function quantiles(histogram: HistogramSnapshot, wanted: readonly number[]): number[] {
  const total = sampleCount(histogram);
  if (total === 0) return wanted.map(() => Number.NaN);
  const last = histogram.bins.length - 1;
  let at = 0;
  let below = 0;
  let through = histogram.counts[0] as number;
  return wanted.map((quantile) => {
    const rank = total * quantile;
    while (at < last && through < rank) {
      at++;
      below = through;
      through += histogram.counts[at] as number;
    }
    return interpolate(histogram.bins[at] as number, rank, below, through);
  });
}

function interpolate(bin: number, rank: number, below: number, through: number): number {
  const left = binLeft(bin);
  const width = binWidth(bin);
  if (rank === below) return left;
  if (rank === through) return left + width;
  return width === 0 ? left : left + ((rank - below) / (through - below)) * width;
}

/** Samples in bins that lie wholly at or below each border (ascending). */
export function cumulativeBuckets(histogram: HistogramSnapshot, borders: readonly number[]): number[] {
  let at = 0;
  let running = 0;
  return borders.map((border) => {
    while (at < histogram.bins.length && binUpper(histogram.bins[at] as number) <= border) {
      running += histogram.counts[at] as number;
      at++;
    }
    return running;
  });
}

/** Samples in bins that lie wholly at or above the border. */
export function countAbove(histogram: HistogramSnapshot, border: number): number {
  let above = sampleCount(histogram);
  for (let i = 0; i < histogram.bins.length; i++) {
    if (binLeft(histogram.bins[i] as number) >= border) break;
    above -= histogram.counts[i] as number;
  }
  return above;
}

function binUpper(bin: number): number {
  return bin < 0 ? binBase(bin) : binBase(bin) + binWidth(bin);
}
