/**
 * A histogram in Prometheus's native form: buckets that grow by the factor `2 ** (2 ** -schema)`
 * (https://prometheus.io/docs/specs/native_histograms/). The finest schema is taken that needs no more buckets than
 * are wanted.
 */
import { binLeft, binWidth } from './histogram-bin.ts';
import type { HistogramSnapshot } from './histogram-statistics.ts';

/** Buckets one after the other, `offset` behind the end of the span before it (of the first: its index). */
export interface NativeSpan {
  readonly offset: number;
  readonly length: number;
}

export interface NativeHistogram {
  readonly schema: number;
  /** Samples up to that. */
  readonly zeroCount: number;
  readonly spans: readonly NativeSpan[];
  /** A number a bucket: by how much it differs from the one before. */
  readonly deltas: readonly number[];
}

const FINEST_SCHEMA = 4;
const COARSEST_SCHEMA = -4;
/** A border that is one but for rounding. */
const ROUNDING_MARGIN = 1e-9;

/** Samples below `zeroThreshold` are counted apart, negative ones too. */
export function nativeHistogram(
  histogram: HistogramSnapshot,
  zeroThreshold: number,
  maxBuckets: number,
): NativeHistogram {
  const first = histogram.bins.findIndex((bin) => binLeft(bin) >= zeroThreshold);
  const zeros = first < 0 ? histogram.bins.length : first;
  const bins = histogram.bins.slice(zeros);
  const schema = schemaFor(bins, maxBuckets);
  const buckets = new Map<number, number>();
  for (const [at, bin] of bins.entries()) {
    const index = bucketIndex(binLeft(bin), schema);
    buckets.set(index, (buckets.get(index) ?? 0) + (histogram.counts[zeros + at] as number));
  }
  let zeroCount = 0;
  for (const count of histogram.counts.slice(0, zeros)) zeroCount += count;
  return { schema, zeroCount, ...spansOf(buckets) };
}

/** The bucket of a value: `(base ** (index - 1), base ** index]`. */
function bucketIndex(value: number, schema: number): number {
  const exact = Math.log2(value) * 2 ** schema;
  const nearest = Math.round(exact);
  return Math.abs(exact - nearest) < ROUNDING_MARGIN ? nearest : Math.ceil(exact);
}

/** Envoy counts all buckets that a bin touches, though it puts the bin's samples into the first. */
function schemaFor(bins: readonly number[], maxBuckets: number): number {
  for (let schema = FINEST_SCHEMA; schema > COARSEST_SCHEMA; schema--) {
    if (touchedBuckets(bins, schema) <= maxBuckets) return schema;
  }
  return COARSEST_SCHEMA;
}

function touchedBuckets(bins: readonly number[], schema: number): number {
  let touched = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const bin of bins) {
    const from = Math.max(last + 1, bucketIndex(binLeft(bin), schema));
    const to = bucketIndex(binLeft(bin) + binWidth(bin), schema);
    if (to < from) continue;
    touched += to - from + 1;
    last = to;
  }
  return touched;
}

/** @param buckets by index, ascending */
function spansOf(buckets: ReadonlyMap<number, number>): Pick<NativeHistogram, 'spans' | 'deltas'> {
  const spans: { offset: number; length: number }[] = [];
  const deltas: number[] = [];
  let end = 0;
  let before = 0;
  for (const [index, count] of buckets) {
    const span = spans.at(-1);
    if (span !== undefined && index === end) span.length++;
    else spans.push({ offset: index - end, length: 1 });
    deltas.push(count - before);
    before = count;
    end = index + 1;
  }
  return { spans, deltas };
}
