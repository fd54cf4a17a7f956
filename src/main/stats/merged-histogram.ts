/** A histogram of the whole process. Its bins are read when statistics are flushed, as in Envoy. */
import {
  cumulativeBuckets,
  EMPTY_HISTOGRAM,
  type HistogramSnapshot,
  histogramSnapshot,
} from '../../common/stats/histogram-statistics.ts';
import type { StatType } from '../../common/stats/name-log.ts';
import { MergedStat, StatSource } from './merged-stats.ts';

export class HistogramSource extends StatSource {
  readonly bins: { readonly bin: number; readonly slot: number }[] = [];
}

export class MergedHistogram extends MergedStat {
  readonly unit: string;
  /** Upper borders of the buckets in which it is shown. */
  buckets: readonly number[];
  #cumulative = EMPTY_HISTOGRAM;
  #interval = EMPTY_HISTOGRAM;
  #retired: Map<number, number> | undefined;
  #mergedSamples = 0;
  #merged = false;

  constructor(prefix: string, suffix: string, unit: string, buckets: readonly number[]) {
    super(prefix, suffix);
    this.unit = unit;
    this.buckets = buckets;
  }

  get type(): StatType {
    return 'histogram';
  }

  /** Whether a flush has ever seen a sample. */
  get used(): boolean {
    return this.#merged;
  }

  /** Since the start, up to the last flush. */
  get cumulative(): HistogramSnapshot {
    return this.#cumulative;
  }

  /** Between the last two flushes. */
  get interval(): HistogramSnapshot {
    return this.#interval;
  }

  cumulativeBuckets(): number[] {
    return cumulativeBuckets(this.#cumulative, this.buckets);
  }

  /** Reads what the threads have recorded since the last time. */
  merge(): void {
    const before = this.#cumulative;
    const counts = this.#counts();
    let samples = 0;
    for (const count of counts.values()) samples += count;
    if (samples === this.#mergedSamples) {
      this.#interval = EMPTY_HISTOGRAM;
      return;
    }
    this.#cumulative = histogramSnapshot(counts);
    for (let i = 0; i < before.bins.length; i++) {
      const bin = before.bins[i] as number;
      counts.set(bin, (counts.get(bin) ?? 0) - (before.counts[i] as number));
    }
    this.#interval = histogramSnapshot(counts);
    this.#mergedSamples = samples;
    this.#merged = true;
  }

  protected override retire(source: StatSource): void {
    this.#retired ??= new Map();
    addBins(this.#retired, source as HistogramSource);
  }

  #counts(): Map<number, number> {
    const counts = new Map(this.#retired);
    for (let at = this.sources; at !== undefined; at = at.next) addBins(counts, at as HistogramSource);
    return counts;
  }
}

function addBins(counts: Map<number, number>, source: HistogramSource): void {
  for (const { bin, slot } of source.bins) counts.set(bin, (counts.get(bin) ?? 0) + source.values.read(slot));
}
