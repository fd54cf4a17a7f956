/** The Prometheus page as text (source/server/admin/prometheus_stats.cc). */
import { quantiles, SUPPORTED_QUANTILES, sampleCount, sampleSum } from '../../common/stats/histogram-statistics.ts';
import { formatGeneral, formatInteger, formatShortest } from '../../common/stats/number-format.ts';
import type { MergedHistogram } from './merged-histogram.ts';
import type { LabelSet, PrometheusFormat, PrometheusType } from './prometheus-format.ts';

const ESCAPED = /[\\\n"]/;

export function escapeLabel(value: string): string {
  if (!ESCAPED.test(value)) return value;
  return value.replace(/[\\\n"]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}

export class PrometheusText implements PrometheusFormat<string> {
  readonly histogramType: PrometheusType;
  /** Borders as text: most histograms have the same. */
  readonly #borders = new Map<number, string>();

  /** @param summary quantiles of the last interval instead of buckets since the start */
  constructor(summary: boolean) {
    this.histogramType = summary ? 'summary' : 'histogram';
  }

  number(_type: PrometheusType, name: string, { text }: LabelSet, value: number): string {
    return `${name}{${text}} ${formatInteger(value)}\n`;
  }

  textReadout(name: string, { text }: LabelSet, value: string): string {
    return `${name}{${followed(text)}text_value="${escapeLabel(value)}"} 0\n`;
  }

  histogram(name: string, { text }: LabelSet, histogram: MergedHistogram): string {
    return this.histogramType === 'summary' ? summary(name, text, histogram) : this.#buckets(name, text, histogram);
  }

  *family(name: string, type: PrometheusType, metrics: Iterable<string>): Iterable<string> {
    yield `# TYPE ${name} ${type}\n`;
    yield* metrics;
  }

  join(pieces: readonly string[]): string {
    return pieces.join('');
  }

  #buckets(name: string, labels: string, histogram: MergedHistogram): string {
    const more = followed(labels);
    const counts = histogram.cumulativeBuckets();
    const total = sampleCount(histogram.cumulative);
    let text = '';
    for (let i = 0; i < counts.length; i++) {
      text += `${name}_bucket{${more}le="${this.#border(histogram.buckets[i] as number)}"} ${counts[i]}\n`;
    }
    text += `${name}_bucket{${more}le="+Inf"} ${total}\n`;
    return `${text}${sumAndCount(name, labels, sampleSum(histogram.cumulative), total)}`;
  }

  #border(border: number): string {
    const known = this.#borders.get(border);
    if (known !== undefined) return known;
    const text = formatGeneral(border, 32);
    this.#borders.set(border, text);
    return text;
  }
}

/** Quantiles of the last interval. */
function summary(name: string, labels: string, histogram: MergedHistogram): string {
  const more = followed(labels);
  const values = quantiles(histogram.interval, SUPPORTED_QUANTILES);
  let text = '';
  for (let i = 0; i < values.length; i++) {
    const quantile = formatShortest(SUPPORTED_QUANTILES[i] as number);
    text += `${name}{${more}quantile="${quantile}"} ${formatGeneral(values[i] as number, 32)}\n`;
  }
  return `${text}${sumAndCount(name, labels, sampleSum(histogram.interval), sampleCount(histogram.interval))}`;
}

function sumAndCount(name: string, labels: string, sum: number, count: number): string {
  return `${name}_sum{${labels}} ${formatGeneral(sum, 32)}\n${name}_count{${labels}} ${count}\n`;
}

/** With a comma, when more labels follow. */
function followed(labels: string): string {
  return labels === '' ? '' : `${labels},`;
}
