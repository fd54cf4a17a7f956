/** `/stats` as text (source/server/admin/stats_render.cc). */
import {
  cumulativeBuckets,
  detailedBuckets,
  disjointBuckets,
  type HistogramSnapshot,
  quantiles,
  SUPPORTED_QUANTILES,
} from '../../common/stats/histogram-statistics.ts';
import { formatGeneral, formatInteger, formatShortest } from '../../common/stats/number-format.ts';
import type { MergedHistogram } from './merged-histogram.ts';
import type { StatsRender } from './stats-page.ts';
import type { HistogramBucketsMode } from './stats-params.ts';

export class TextRender implements StatsRender {
  readonly #mode: HistogramBucketsMode;

  constructor(mode: HistogramBucketsMode) {
    this.#mode = mode;
  }

  start(): string {
    return '';
  }

  number(name: string, value: number): string {
    return `${name}: ${formatInteger(value)}\n`;
  }

  text(name: string, value: string): string {
    return `${name}: "${value}"\n`;
  }

  histogram(name: string, histogram: MergedHistogram): string {
    if (!histogram.used) return `${name}: No recorded values\n`;
    if (this.#mode === 'cumulative') return `${name}: ${bucketSummary(histogram, cumulativeBuckets)}\n`;
    if (this.#mode === 'disjoint') return `${name}: ${bucketSummary(histogram, disjointBuckets)}\n`;
    if (this.#mode !== 'detailed') return `${name}: ${quantileSummary(histogram)}\n`;
    const totals = detail(histogram.cumulative);
    const intervals = detail(histogram.interval);
    return `${name}:\n  totals=${totals}\n  intervals=${intervals}\n  summary=${quantileSummary(histogram)}\n`;
  }

  finish(): string {
    return '';
  }
}

function quantileSummary(histogram: MergedHistogram): string {
  const interval = quantiles(histogram.interval, SUPPORTED_QUANTILES);
  const cumulative = quantiles(histogram.cumulative, SUPPORTED_QUANTILES);
  return SUPPORTED_QUANTILES.map((quantile, index) => {
    const values = `${formatShortest(interval[index] as number)},${formatShortest(cumulative[index] as number)}`;
    return `P${formatGeneral(quantile * 100, 6)}(${values})`;
  }).join(' ');
}

function bucketSummary(
  histogram: MergedHistogram,
  count: (of: HistogramSnapshot, borders: readonly number[]) => number[],
): string {
  const interval = count(histogram.interval, histogram.buckets);
  const cumulative = count(histogram.cumulative, histogram.buckets);
  return histogram.buckets
    .map((border, index) => `B${formatGeneral(border, 6)}(${interval[index]},${cumulative[index]})`)
    .join(' ');
}

function detail(histogram: HistogramSnapshot): string {
  return detailedBuckets(histogram)
    .map(({ lowerBound, width, count }) => `${formatGeneral(lowerBound, 6)},${formatGeneral(width, 6)}:${count}`)
    .join(', ');
}
