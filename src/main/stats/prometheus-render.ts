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

interface Metric<S> {
  readonly name: string;
  readonly stat: S;
  readonly labels: string;
}

type Sample<S> = (metricName: string, labels: string, stat: S) => string;

/** The page in chunks, one a metric name. */
export function* renderPrometheus(shown: ShownStats, tags: TagProducer, params: StatsParams): Iterable<string> {
  const { stats } = shown;
  const isSummary = params.bucketsMode === 'summary';
  const number = (name: string, labels: string, stat: { readonly value: number }): string =>
    `${name}{${labels}} ${formatInteger(stat.value)}\n`;
  yield* section('counter', group(stats.counters, tags, params), number);
  yield* section('gauge', group(stats.gauges, tags, params), number);
  if (params.textReadouts) yield* section('gauge', group(stats.textReadouts, tags, params), textSample);
  const histograms = group(stats.histograms, tags, params);
  yield* section(isSummary ? 'summary' : 'histogram', histograms, isSummary ? summarySample : histogramSample);
  const endpoints = [...shown.endpointStats()];
  for (const [type, kind] of endpointKinds) {
    yield* section(type, groupEndpoints(endpoints, kind, params), number);
  }
}

const endpointKinds = [
  ['counter', 'Counters'],
  ['gauge', 'Gauges'],
] as const;

function* section<S>(type: string, groups: Map<string, Metric<S>[]>, sample: Sample<S>): Iterable<string> {
  for (const extractedName of [...groups.keys()].sort()) {
    const metricName = `envoy_${sanitize(extractedName)}`;
    let text = `# TYPE ${metricName} ${type}\n`;
    const metrics = groups.get(extractedName) ?? [];
    for (const { labels, stat } of metrics.sort(byTokens)) text += sample(metricName, labels, stat);
    yield text;
  }
}

function group<S extends MergedStat>(
  all: Iterable<S>,
  tags: TagProducer,
  params: StatsParams,
): Map<string, Metric<S>[]> {
  const groups = new Map<string, Metric<S>[]>();
  for (const stat of all) {
    const name = stat.name;
    if (!isWanted(params, name, stat.used)) continue;
    const tagged = tags.produce(name);
    const metric = { name, stat, labels: formatLabels(tagged.tags) };
    const known = groups.get(tagged.extractedName);
    if (known === undefined) groups.set(tagged.extractedName, [metric]);
    else known.push(metric);
  }
  return groups;
}

function groupEndpoints(
  all: readonly EndpointStat[],
  kind: EndpointStat['kind'],
  params: StatsParams,
): Map<string, Metric<EndpointStat>[]> {
  const wanted = all.filter((stat) => stat.kind === kind && isWanted(params, stat.name, stat.used));
  const metrics = wanted.map((stat) => ({ name: stat.name, stat, labels: formatLabels(stat.tags) }));
  return Map.groupBy(metrics, ({ stat }) => stat.extractedName);
}

/** Names compare token by token: `a` before `a-b`, though `.` comes after `-`. */
function byTokens(a: { readonly name: string }, b: { readonly name: string }): number {
  const [left, right] = [a.name.replaceAll('.', '\u0001'), b.name.replaceAll('.', '\u0001')];
  return left < right ? -1 : left > right ? 1 : 0;
}

function textSample(name: string, labels: string, stat: { readonly value: string }): string {
  return `${name}{${labels === '' ? '' : `${labels},`}text_value="${escapeLabel(stat.value)}"} 0\n`;
}

/** What was recorded since the start, by bucket. */
function histogramSample(name: string, labels: string, histogram: MergedHistogram): string {
  const more = labels === '' ? '' : `${labels},`;
  const counts = histogram.cumulativeBuckets();
  const total = sampleCount(histogram.cumulative);
  let text = '';
  for (let i = 0; i < counts.length; i++) {
    text += `${name}_bucket{${more}le="${formatGeneral(histogram.buckets[i] as number, 32)}"} ${counts[i]}\n`;
  }
  text += `${name}_bucket{${more}le="+Inf"} ${total}\n`;
  return `${text}${sumAndCount(name, labels, sampleSum(histogram.cumulative), total)}`;
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

function formatLabels(tags: readonly Tag[]): string {
  return tags.map((tag) => `${sanitize(tag.name)}="${escapeLabel(tag.value)}"`).join(',');
}

function sanitize(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_');
}

function escapeLabel(value: string): string {
  return value.replace(/[\\\n"]/g, (character) => (character === '\n' ? '\\n' : `\\${character}`));
}
