/** `/stats?format=html`: lines of text within `<pre>`; histograms with all their buckets are drawn. */
import { detailedBuckets } from '../../common/stats/histogram-statistics.ts';
import { formatGeneral } from '../../common/stats/number-format.ts';
import type { MergedHistogram } from './merged-histogram.ts';
import type { StatsRender } from './stats-page.ts';
import type { HistogramBucketsMode } from './stats-params.ts';
import { TextRender } from './text-render.ts';

export class HtmlRender implements StatsRender {
  readonly #text: TextRender;
  readonly #summary = new TextRender('summary');
  readonly #draws: boolean;
  readonly #escape: (text: string) => string;

  constructor(mode: HistogramBucketsMode, escapeText: (text: string) => string) {
    this.#text = new TextRender(mode);
    this.#draws = mode === 'detailed';
    this.#escape = escapeText;
  }

  start(): string {
    return '';
  }

  number(name: string, value: number): string {
    return this.#escape(this.#text.number(name, value));
  }

  text(name: string, value: string): string {
    return this.#escape(this.#text.text(name, value));
  }

  histogram(name: string, histogram: MergedHistogram): string {
    if (!this.#draws || !histogram.used) return this.#escape(this.#text.histogram(name, histogram));
    const title = this.#escape(name);
    const percentiles = this.#escape(this.#summary.histogram(name, histogram));
    return `</pre>\n<div class='histogram'><h2>${title}</h2>\n${bars(histogram)}</div>\n<pre>\n${percentiles}`;
  }

  nothing(kind: string): string {
    return `</pre>\n<br/><i>No ${kind} found</i><br/>\n<pre>\n`;
  }

  finish(): string {
    return '';
  }
}

/** A bar a bucket, as high as its share of the largest; its range and count are told by its title. */
function bars(histogram: MergedHistogram): string {
  const buckets = detailedBuckets(histogram.cumulative);
  const largest = Math.max(...buckets.map(({ count }) => count));
  const drawn = buckets.map(({ lowerBound, width, count }) => {
    const range = `${formatGeneral(lowerBound, 6)} to ${formatGeneral(lowerBound + width, 6)}`;
    const height = Math.max(3, Math.round((100 * count) / largest));
    return `<i style='height:${height}%' title='${range}: ${count}'></i>`;
  });
  return `<div class='bars'>${drawn.join('')}</div>\n`;
}
