/**
 * `/stats/prometheus`: counters, gauges, text readouts if wanted, histograms; each kind by tag-extracted name, all of a
 * name together (source/server/admin/prometheus_stats.cc). `type=` has no effect, as in Envoy.
 */
import type { Tag, TaggedName, TagProducer } from '../../common/stats/tags.ts';
import type { EndpointStat } from './endpoint-stat.ts';
import { type MergedStat, STATS_A_TURN } from './merged-stats.ts';
import type { LabelSet, PrometheusFormat, PrometheusType } from './prometheus-format.ts';
import { escapeLabel } from './prometheus-text.ts';
import type { ShownStats } from './stats-page.ts';
import { isWanted, type StatsParams } from './stats-params.ts';

/** There are millions: no more than must be remembered until all of a name are known. */
interface Metric<S> {
  readonly stat: S;
  readonly labels: LabelSet;
}

type Groups<S> = Map<string, Metric<S>[]>;
type Piece = string | Uint8Array;

const CHUNK_LENGTH = 1 << 16;

/** The page in chunks. An empty one is a pause. */
export function* renderPrometheus<P extends Piece>(
  shown: ShownStats,
  tags: TagProducer,
  params: StatsParams,
  format: PrometheusFormat<P>,
): Iterable<P> {
  let pieces: P[] = [];
  let length = 0;
  for (const piece of families(shown, tags, params, format)) {
    pieces.push(piece);
    length += piece.length;
    if (piece.length > 0 && length < CHUNK_LENGTH) continue;
    yield format.join(pieces);
    pieces = [];
    length = 0;
    if (piece.length === 0) yield piece;
  }
  yield format.join(pieces);
}

function* families<P extends Piece>(
  shown: ShownStats,
  tags: TagProducer,
  params: StatsParams,
  format: PrometheusFormat<P>,
): Iterable<P> {
  const { stats } = shown;
  const labels = new Labels((name) => stats.ownTags(name) ?? tags.produce(name));
  const pause = format.join([]);
  const grouped = <S extends MergedStat>(all: Iterable<S>) => group(all, labels, params, pause);
  const section = <S extends { readonly name: string }>(
    type: PrometheusType,
    groups: Groups<S>,
    sample: (name: string, labels: LabelSet, stat: S) => P,
  ) => sorted(groups, (name, metrics) => format.family(name, type, samples(name, metrics, sample)));
  const number = (type: PrometheusType) => (name: string, labelSet: LabelSet, stat: { readonly value: number }) =>
    format.number(type, name, labelSet, stat.value);
  yield* section('counter', yield* grouped(stats.counters), number('counter'));
  yield* section('gauge', yield* grouped(stats.gauges), number('gauge'));
  if (params.textReadouts) {
    const text = (name: string, set: LabelSet, { value }: { value: string }): P => format.textReadout(name, set, value);
    yield* section('gauge', yield* grouped(stats.textReadouts), text);
  }
  yield* section(format.histogramType, yield* grouped(stats.histograms), (name, labelSet, stat) =>
    format.histogram(name, labelSet, stat),
  );
  const endpoints = [...shown.endpointStats()];
  for (const [type, kind] of endpointKinds) {
    yield* section(type, groupEndpoints(endpoints, kind, params), number(type));
  }
}

const endpointKinds = [
  ['counter', 'Counters'],
  ['gauge', 'Gauges'],
] as const;

/** Family by family; what was shown is forgotten. */
function* sorted<S, P>(
  groups: Groups<S>,
  family: (name: string, metrics: readonly Metric<S>[]) => Iterable<P>,
): Iterable<P> {
  for (const extractedName of [...groups.keys()].sort()) {
    yield* family(`envoy_${sanitize(extractedName)}`, groups.get(extractedName) ?? []);
    groups.delete(extractedName);
  }
}

function* samples<S extends { readonly name: string }, P>(
  name: string,
  metrics: readonly Metric<S>[],
  sample: (name: string, labels: LabelSet, stat: S) => P,
): Iterable<P> {
  for (const { labels, stat } of byTokens(metrics)) yield sample(name, labels, stat);
}

/** By tag-extracted name. */
function* group<S extends MergedStat, P>(
  all: Iterable<S>,
  labels: Labels,
  params: StatsParams,
  pause: P,
): Generator<P, Groups<S>, undefined> {
  const groups: Groups<S> = new Map();
  let seen = 0;
  for (const stat of all) {
    if (++seen % STATS_A_TURN === 0) yield pause;
    const { name } = stat;
    if (!isWanted(params, name, stat)) continue;
    const { extractedName, labelSet } = labels.of(name);
    const known = groups.get(extractedName);
    if (known === undefined) groups.set(extractedName, [{ stat, labels: labelSet }]);
    else known.push({ stat, labels: labelSet });
  }
  return groups;
}

function groupEndpoints(
  all: readonly EndpointStat[],
  kind: EndpointStat['kind'],
  params: StatsParams,
): Groups<EndpointStat> {
  const wanted = all.filter((stat) => stat.kind === kind && isWanted(params, stat.name, stat));
  const metrics = wanted.map((stat) => ({ stat, labels: labelSetOf(stat.tags) }));
  return Map.groupBy(metrics, ({ stat }) => stat.extractedName);
}

/** The labels of names, each set kept once: what belongs to one cluster has the same. */
class Labels {
  readonly #tagsOf: (name: string) => TaggedName;
  readonly #sets = new Map<string, LabelSet>();
  readonly #names = new Map<string, string>();

  constructor(tagsOf: (name: string) => TaggedName) {
    this.#tagsOf = tagsOf;
  }

  of(name: string): { readonly extractedName: string; readonly labelSet: LabelSet } {
    const { extractedName, tags } = this.#tagsOf(name);
    const made = labelSetOf(tags, this.#names);
    const known = this.#sets.get(made.text);
    if (known === undefined) this.#sets.set(made.text, made);
    return { extractedName, labelSet: known ?? made };
  }
}

/** Names compare token by token: `a` before `a-b`, though `.` comes after `-`. */
function byTokens<S extends { readonly name: string }>(metrics: readonly Metric<S>[]): Metric<S>[] {
  const keyed = metrics.map((metric) => ({ key: metric.stat.name.replaceAll('.', '\u0001'), metric }));
  keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
  return keyed.map(({ metric }) => metric);
}

/** @param names sanitised before */
function labelSetOf(tags: readonly Tag[], names: Map<string, string> = new Map()): LabelSet {
  let text = '';
  const sanitized: Tag[] = [];
  for (const { name, value } of tags) {
    const known = names.get(name);
    const label = known ?? sanitize(name);
    if (known === undefined) names.set(name, label);
    sanitized.push({ name: label, value });
    text += `${text === '' ? '' : ','}${label}="${escapeLabel(value)}"`;
  }
  return { text, tags: sanitized };
}

/** Byte by byte of UTF-8, as in Envoy. */
function sanitize(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/gu, (char) => '_'.repeat(Buffer.byteLength(char)));
}
