/** What `/stats` and `/stats/prometheus` are asked for (source/server/admin/stats_params.cc). */
import { compileRegex, type LinearRegex } from '../../common/matcher/linear-regex.ts';

export type HistogramBucketsMode = 'unset' | 'summary' | 'cumulative' | 'disjoint' | 'detailed' | 'prometheusnative';
export type StatsFormat = 'text' | 'json' | 'html' | 'active-html' | 'prometheus';
/** What becomes of statistics that are hidden. */
export type HiddenMode = 'exclude' | 'include' | 'only';
export type StatKind = 'All' | 'Counters' | 'Histograms' | 'Gauges' | 'TextReadouts';

export interface StatsParams {
  readonly usedOnly: boolean;
  readonly filter: LinearRegex | undefined;
  readonly invertFilter: boolean;
  readonly bucketsMode: HistogramBucketsMode;
  readonly kind: StatKind;
  readonly hidden: HiddenMode;
  readonly format: StatsFormat;
  /** Prometheus: text readouts as gauges of value 0. */
  readonly textReadouts: boolean;
  /** Prometheus: as messages instead of text. */
  readonly protobuf: boolean;
  /** Of a native histogram at most so many buckets, unless its range is too wide for the coarsest of them. */
  readonly nativeMaxBuckets: number;
}

export const STAT_KINDS: readonly StatKind[] = ['All', 'Counters', 'Histograms', 'Gauges', 'TextReadouts'];
const HIDDEN_MODES: readonly HiddenMode[] = ['include', 'only', 'exclude'];
const FORMATS: readonly StatsFormat[] = ['html', 'active-html', 'json', 'prometheus', 'text'];
const BUCKETS_USAGE = 'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n';
const BUCKET_MODES: Readonly<Record<string, HistogramBucketsMode>> = {
  none: 'summary',
  summary: 'summary',
  cumulative: 'cumulative',
  disjoint: 'disjoint',
  detailed: 'detailed',
  prometheusnative: 'prometheusnative',
};

const DEFAULT_NATIVE_BUCKETS = 20;
const BAD_NATIVE_BUCKETS = 'invalid native_histogram_max_buckets value: must be a positive integer';
const UINT32_MAX = 0xffff_ffff;

/**
 * The parameters, or the text of a 400. `page` is `prometheus` for /stats/prometheus, `accept` the request's header of
 * that name.
 */
export function parseStatsParams(
  query: { has(name: string): boolean; get(name: string): string | undefined },
  page: 'stats' | 'prometheus',
  accept: string,
): StatsParams | { readonly error: string } {
  const filterText = query.get('filter');
  const filter = filterText === undefined ? undefined : compileRegex(filterText);
  if (filter !== undefined && 'error' in filter) return { error: `Invalid re2 regex: ${re2Error(filter.error)}` };
  // What has no value is not there.
  const given = (name: string): string | undefined => query.get(name) || undefined;
  const buckets = given('histogram_buckets');
  const bucketsMode = buckets === undefined ? 'unset' : BUCKET_MODES[buckets];
  if (bucketsMode === undefined) return { error: BUCKETS_USAGE };
  const nativeMaxBuckets = parseCount(given('native_histogram_max_buckets'));
  if (nativeMaxBuckets === undefined) return { error: BAD_NATIVE_BUCKETS };
  const kind = STAT_KINDS.find((known) => known === (given('type') ?? 'All'));
  if (kind === undefined) return { error: 'invalid &type= param' };
  const hidden = HIDDEN_MODES.find((mode) => mode === (given('hidden') ?? 'exclude'));
  if (hidden === undefined) {
    return { error: 'usage: /stats?hidden=(include|only|exclude)\n\n' };
  }
  const wanted = given('format') ?? 'text';
  const known = FORMATS.find((name) => name === wanted);
  if (known === undefined) return { error: `usage: /stats?format=(${FORMATS.join('|')})\n\n` };
  const format = page === 'prometheus' ? 'prometheus' : known;
  const protobuf = format === 'prometheus' && (query.has('prom_protobuf') || prefersProtobuf(accept));
  const unfit = bucketsProblem(bucketsMode, format, protobuf);
  if (unfit !== undefined) return { error: unfit };
  return {
    usedOnly: query.has('usedonly'),
    filter,
    invertFilter: query.has('invert_filter'),
    bucketsMode,
    kind,
    hidden,
    format,
    textReadouts: query.has('text_readouts'),
    protobuf,
    nativeMaxBuckets,
  };
}

/** As Envoy reads a number: with a plus and spaces around it, if need be. */
function parseCount(text: string | undefined): number | undefined {
  if (text === undefined) return DEFAULT_NATIVE_BUCKETS;
  const count = /^\s*\+?\d+\s*$/.test(text) ? Number(text) : 0;
  return count >= 1 && count <= UINT32_MAX ? count : undefined;
}

/** Whether Protobuf stands before text in an `accept` header; weights and parameters have no say, as in Envoy. */
function prefersProtobuf(accept: string): boolean {
  for (const range of accept.split(',')) {
    const type = range.split(';', 1)[0]?.trimStart();
    if (type === 'application/vnd.google.protobuf') return true;
    if (type === 'text/plain') return false;
  }
  return false;
}

function bucketsProblem(mode: HistogramBucketsMode, format: StatsFormat, protobuf: boolean): string | undefined {
  if (format !== 'prometheus') {
    return mode === 'prometheusnative' ? 'Invalid histogram_buckets type for non prometheus stats type' : undefined;
  }
  if (mode === 'prometheusnative' && !protobuf)
    return 'unsupported prometheusnative histogram type when not using protobuf exposition format';
  if (mode === 'disjoint' || mode === 'detailed') return 'unsupported prometheus histogram bucket mode';
  return undefined;
}

/** RE2's C++ words for what its Go-born port says. */
export function re2Error(message: string): string {
  const match = /^error parsing regexp: ([^`]*?)(?:: `([\s\S]*)`)?$/.exec(message);
  if (match === null) return message;
  const words: Readonly<Record<string, string>> = {
    'missing closing )': 'missing )',
    'missing closing ]': 'missing ]',
    'missing argument to repetition operator': 'no argument for repetition operator',
    'invalid repeat count': 'invalid repetition size',
    'invalid nested repetition operator': 'bad repetition operator',
    'trailing backslash at end of expression': 'trailing \\',
    'invalid named capture': 'invalid named capture group',
    'invalid or unsupported Perl syntax': 'invalid perl operator',
  };
  const what = match[1] ?? '';
  return `${words[what] ?? what}${match[2] === undefined ? '' : `: ${match[2]}`}`;
}

interface Shown {
  readonly used: boolean;
  readonly hidden?: boolean;
}

/** Whether a statistic is asked for. */
export function isWanted(params: StatsParams, name: string, stat: Shown): boolean {
  if (params.usedOnly && !stat.used) return false;
  if (params.hidden !== 'include' && (stat.hidden === true) !== (params.hidden === 'only')) return false;
  return params.filter === undefined || params.filter.partialMatch(name) !== params.invertFilter;
}
