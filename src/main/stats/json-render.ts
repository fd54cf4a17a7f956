/** `/stats?format=json` (source/server/admin/stats_render.cc). */
import {
  cumulativeBuckets,
  detailedBuckets,
  disjointBuckets,
  type HistogramSnapshot,
  quantiles,
  SUPPORTED_QUANTILES,
} from '../../common/stats/histogram-statistics.ts';
import { formatGeneral, formatInteger, formatJsonNumber } from '../../common/stats/number-format.ts';
import type { MergedHistogram } from './merged-histogram.ts';
import type { StatsRender } from './stats-page.ts';
import type { HistogramBucketsMode } from './stats-params.ts';

const PERCENTILES = SUPPORTED_QUANTILES.map((quantile) => formatGeneral(quantile * 100, 6)).join(',');

export class JsonRender implements StatsRender {
  readonly #mode: HistogramBucketsMode;
  #separator = '';
  #hasHistograms = false;

  constructor(mode: HistogramBucketsMode) {
    this.#mode = mode;
  }

  start(): string {
    return '{"stats":[';
  }

  number(name: string, value: number): string {
    return this.#entry(`{"name":${JSON.stringify(name)},"value":${formatInteger(value)}}`);
  }

  text(name: string, value: string): string {
    return this.#entry(`{"name":${JSON.stringify(name)},"value":${JSON.stringify(value)}}`);
  }

  /** All histograms are in one entry, the last. */
  histogram(name: string, histogram: MergedHistogram): string {
    const body = this.#histogramBody(JSON.stringify(name), histogram);
    if (this.#hasHistograms) return `,${body}`;
    this.#hasHistograms = true;
    return this.#entry(`${this.#histogramsHead()}${body}`);
  }

  finish(): string {
    if (!this.#hasHistograms) return ']}';
    return this.#isByBucket ? ']}]}' : ']}}]}';
  }

  get #isByBucket(): boolean {
    return this.#mode === 'cumulative' || this.#mode === 'disjoint';
  }

  #entry(text: string): string {
    const separated = `${this.#separator}${text}`;
    this.#separator = ',';
    return separated;
  }

  #histogramsHead(): string {
    if (this.#isByBucket) return '{"histograms":[';
    if (this.#mode === 'detailed') return `{"histograms":{"supported_percentiles":[${PERCENTILES}],"details":[`;
    return `{"histograms":{"supported_quantiles":[${PERCENTILES}],"computed_quantiles":[`;
  }

  #histogramBody(name: string, histogram: MergedHistogram): string {
    if (this.#mode === 'cumulative') return `{"name":${name},"buckets":${buckets(histogram, cumulativeBuckets)}}`;
    if (this.#mode === 'disjoint') return `{"name":${name},"buckets":${buckets(histogram, disjointBuckets)}}`;
    if (this.#mode !== 'detailed') return `{"name":${name},"values":${percentiles(histogram)}}`;
    const totals = details(histogram.cumulative);
    const intervals = details(histogram.interval);
    return `{"name":${name},"totals":${totals},"intervals":${intervals},"percentiles":${percentiles(histogram)}}`;
  }
}

function percentiles(histogram: MergedHistogram): string {
  const interval = quantiles(histogram.interval, SUPPORTED_QUANTILES);
  const pairs = quantiles(histogram.cumulative, SUPPORTED_QUANTILES).map(
    (value, index) =>
      `{"cumulative":${formatJsonNumber(value)},"interval":${formatJsonNumber(interval[index] as number)}}`,
  );
  return `[${pairs.join(',')}]`;
}

function buckets(
  histogram: MergedHistogram,
  count: (of: HistogramSnapshot, borders: readonly number[]) => number[],
): string {
  const interval = count(histogram.interval, histogram.buckets);
  const cumulative = count(histogram.cumulative, histogram.buckets);
  const entries = histogram.buckets.map((border, index) => {
    const counts = `"interval":${interval[index]},"cumulative":${cumulative[index]}`;
    return `{"upper_bound":${formatJsonNumber(border)},${counts}}`;
  });
  return `[${entries.join(',')}]`;
}

function details(histogram: HistogramSnapshot): string {
  const entries = detailedBuckets(histogram).map(
    ({ lowerBound, width, count }) =>
      `{"lower_bound":${formatJsonNumber(lowerBound)},"width":${formatJsonNumber(width)},"count":${count}}`,
  );
  return `[${entries.join(',')}]`;
}
