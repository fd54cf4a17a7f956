/**
 * `/stats/prometheus`: counters, gauges, text readouts if wanted, histograms; each kind by tag-extracted name, and one
 * TYPE line a name (source/server/admin/prometheus_stats.cc). `type=` has no effect, as in Envoy.
 */
import { quantiles, SUPPORTED_QUANTILES, sampleCount, sampleSum } from '../../common/stats/histogram-statistics.ts';
import type { Tag, TagProducer } from '../../common/stats/tags.ts';
import type { EndpointStat } from './endpoint-stat.ts';
import type { MergedHistogram } from './merged-histogram.ts';
import type { MergedStat } from './merged-stats.ts';
import { formatGeneral, formatShortest } from './number-format.ts';
import type { ShownStats } from './stats-page.ts';
import { isWanted, type StatsParams } from './stats-params.ts';
import { formatInteger } from './text-render.ts';

/** There are millions: no more than must be remembered until all of a name are known. */
interface Metric<S> {
  readonly stat: S;
  readonly labels: string;
}

type Groups<S> = Map<string, Metric<S>[]>;
type Sample<S> = (metricName: string, labels: string, stat: S) => string;

const CHUNK_CHARACTERS = 1 << 16;
/** After so many statistics others have their turn. */
const STATS_A_TURN = 4096;

/** The page in chunks. */
export function* renderPrometheus(shown: ShownStats, tags: TagProducer, params: StatsParams): Iterable<string> {
  const { stats } = shown;
  const labels = new Labels(tags);
  const isSummary = params.bucketsMode === 'summary';
  const number = (name: string, labelText: string, stat: { readonly value: number }): string =>
    `${name}{${labelText}} ${formatInteger(stat.value)}\n`;
  yield* section('counter', yield* group(stats.counters, labels, params), number);
  yield* section('gauge', yield* group(stats.gauges, labels, params), number);
  if (params.textReadouts) yield* section('gauge', yield* group(stats.textReadouts, labels, params), textSample);
  const histograms = yield* group(stats.histograms, labels, params);
  yield* section(
    isSummary ? 'summary' : 'histogram',
    histograms,
    isSummary ? summarySample : new HistogramSamples().sample,
  );
  const endpoints = [...shown.endpointStats()];
  for (const [type, kind] of endpointKinds) {
    yield* section(type, groupEndpoints(endpoints, kind, params), number);
  }
}

const endpointKinds = [
  ['counter', 'Counters'],
  ['gauge', 'Gauges'],
] as const;

function* section<S extends { readonly name: string }>(
  type: string,
  groups: Groups<S>,
  sample: Sample<S>,
): Iterable<string> {
  let text = '';
  for (const extractedName of [...groups.keys()].sort()) {
    const metricName = `envoy_${sanitize(extractedName)}`;
    text += `# TYPE ${metricName} ${type}\n`;
    for (const { labels, stat } of byTokens(groups.get(extractedName) ?? [])) {
      text += sample(metricName, labels, stat);
      if (text.length < CHUNK_CHARACTERS) continue;
      yield text;
      text = '';
    }
    groups.delete(extractedName);
  }
  yield text;
}

/** By tag-extracted name. */
function* group<S extends MergedStat>(
  all: Iterable<S>,
  labels: Labels,
  params: StatsParams,
): Generator<string, Groups<S>, undefined> {
  const groups: Groups<S> = new Map();
  let seen = 0;
  for (const stat of all) {
    if (++seen % STATS_A_TURN === 0) yield '';
    const { name } = stat;
    if (!isWanted(params, name, stat.used)) continue;
    const { extractedName, text } = labels.of(name);
    const known = groups.get(extractedName);
    if (known === undefined) groups.set(extractedName, [{ stat, labels: text }]);
    else known.push({ stat, labels: text });
  }
  return groups;
}

function groupEndpoints(
  all: readonly EndpointStat[],
  kind: EndpointStat['kind'],
  params: StatsParams,
): Groups<EndpointStat> {
  const wanted = all.filter((stat) => stat.kind === kind && isWanted(params, stat.name, stat.used));
  const metrics = wanted.map((stat) => ({ stat, labels: formatLabels(stat.tags) }));
  return Map.groupBy(metrics, ({ stat }) => stat.extractedName);
}

/** The labels of names, each text kept once: what belongs to one cluster has the same. */
class Labels {
  readonly #tags: TagProducer;
  readonly #texts = new Map<string, string>();
  readonly #names = new Map<string, string>();

  constructor(tags: TagProducer) {
    this.#tags = tags;
  }

  of(name: string): { readonly extractedName: string; readonly text: string } {
    const { extractedName, tags } = this.#tags.produce(name);
    const text = formatLabels(tags, this.#names);
    const known = this.#texts.get(text);
    if (known === undefined) this.#texts.set(text, text);
    return { extractedName, text: known ?? text };
  }
}

/** Names compare token by token: `a` before `a-b`, though `.` comes after `-`. */
function byTokens<S extends { readonly name: string }>(metrics: readonly Metric<S>[]): Metric<S>[] {
  const keyed = metrics.map((metric) => ({ key: metric.stat.name.replaceAll('.', '\u0001'), metric }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ metric }) => metric);
}

function textSample(name: string, labels: string, stat: { readonly value: string }): string {
  return `${name}{${labels === '' ? '' : `${labels},`}text_value="${escapeLabel(stat.value)}"} 0\n`;
}

/** What was recorded since the start, by bucket. */
class HistogramSamples {
  /** Borders as text: most histograms have the same. */
  readonly #borders = new Map<number, string>();

  readonly sample = (name: string, labels: string, histogram: MergedHistogram): string => {
    const more = labels === '' ? '' : `${labels},`;
    const counts = histogram.cumulativeBuckets();
    const total = sampleCount(histogram.cumulative);
    let text = '';
    for (let i = 0; i < counts.length; i++) {
      text += `${name}_bucket{${more}le="${this.#border(histogram.buckets[i] as number)}"} ${counts[i]}\n`;
    }
    text += `${name}_bucket{${more}le="+Inf"} ${total}\n`;
    return `${text}${sumAndCount(name, labels, sampleSum(histogram.cumulative), total)}`;
  };

  #border(border: number): string {
    const known = this.#borders.get(border);
    if (known !== undefined) return known;
    const text = formatGeneral(border, 32);
    this.#borders.set(border, text);
    return text;
  }
}

/** Quantiles of the last interval. */
function summarySample(name: string, labels: string, histogram: MergedHistogram): string {
  const more = labels === '' ? '' : `${labels},`;
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

/** @param names sanitised before */
function formatLabels(tags: readonly Tag[], names: Map<string, string> = new Map()): string {
  let text = '';
  for (const { name, value } of tags) {
    const known = names.get(name);
    const label = known ?? sanitize(name);
    if (known === undefined) names.set(name, label);
    text += `${text === '' ? '' : ','}${label}="${escapeLabel(value)}"`;
  }
  return text;
}

function sanitize(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_');
}

const ESCAPED = /[\\\n"]/;

function escapeLabel(value: string): string {
  if (!ESCAPED.test(value)) return value;
  return value.replace(/[\\\n"]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
