/** What `/stats` and `/stats/prometheus` are asked for (source/server/admin/stats_params.cc). */
import { compileRegex, type LinearRegex } from '../../common/matcher/linear-regex.ts';

export type HistogramBucketsMode = 'unset' | 'summary' | 'cumulative' | 'disjoint' | 'detailed';
export type StatsFormat = 'text' | 'json' | 'html' | 'active-html' | 'prometheus';
export type StatKind = 'All' | 'Counters' | 'Histograms' | 'Gauges' | 'TextReadouts';

export interface StatsParams {
  readonly usedOnly: boolean;
  readonly filter: LinearRegex | undefined;
  readonly invertFilter: boolean;
  readonly bucketsMode: HistogramBucketsMode;
  readonly kind: StatKind;
  /** `hidden=only`: statistics that are hidden; there are none. */
  readonly hiddenOnly: boolean;
  readonly format: StatsFormat;
  /** Prometheus: text readouts as gauges of value 0. */
  readonly textReadouts: boolean;
}

export const STAT_KINDS: readonly StatKind[] = ['All', 'Counters', 'Histograms', 'Gauges', 'TextReadouts'];
const FORMATS: readonly StatsFormat[] = ['html', 'active-html', 'json', 'prometheus', 'text'];
const BUCKETS_USAGE = 'usage: /stats?histogram_buckets=(cumulative|disjoint|detailed|summary|prometheusnative)\n';
const BUCKET_MODES: Readonly<Record<string, HistogramBucketsMode>> = {
  none: 'summary',
  summary: 'summary',
  cumulative: 'cumulative',
  disjoint: 'disjoint',
  detailed: 'detailed',
};

/** The parameters, or the text of a 400. `page` is `prometheus` for /stats/prometheus. */
export function parseStatsParams(
  query: { has(name: string): boolean; get(name: string): string | undefined },
  page: 'stats' | 'prometheus',
): StatsParams | { readonly error: string } {
  const filterText = query.get('filter');
  const filter = filterText === undefined ? undefined : compileRegex(filterText);
  if (filter !== undefined && 'error' in filter) return { error: `Invalid re2 regex: ${re2Error(filter.error)}` };
  // What has no value is not there.
  const given = (name: string): string | undefined => query.get(name) || undefined;
  const buckets = given('histogram_buckets');
  const bucketsMode = buckets === undefined ? 'unset' : BUCKET_MODES[buckets];
  if (bucketsMode === undefined && buckets !== 'prometheusnative') return { error: BUCKETS_USAGE };
  const kind = STAT_KINDS.find((known) => known === (given('type') ?? 'All'));
  if (kind === undefined) return { error: 'invalid &type= param' };
  const hidden = given('hidden') ?? 'exclude';
  if (!['include', 'only', 'exclude'].includes(hidden)) {
    return { error: 'usage: /stats?hidden=(include|only|exclude)\n\n' };
  }
  const wanted = given('format') ?? 'text';
  const known = FORMATS.find((name) => name === wanted);
  if (known === undefined) return { error: `usage: /stats?format=(${FORMATS.join('|')})\n\n` };
  const format = page === 'prometheus' ? 'prometheus' : known;
  const unfit = bucketsProblem(bucketsMode, format);
  if (unfit !== undefined || bucketsMode === undefined) return { error: unfit ?? BUCKETS_USAGE };
  return {
    usedOnly: query.has('usedonly'),
    filter,
    invertFilter: query.has('invert_filter'),
    bucketsMode,
    kind,
    hiddenOnly: hidden === 'only',
    format,
    textReadouts: query.has('text_readouts'),
  };
}

function bucketsProblem(mode: HistogramBucketsMode | undefined, format: StatsFormat): string | undefined {
  if (format !== 'prometheus') {
    return mode === undefined ? 'Invalid histogram_buckets type for non prometheus stats type' : undefined;
  }
  if (mode === undefined)
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

/** Whether a statistic is asked for. */
export function isWanted(params: StatsParams, name: string, used: boolean): boolean {
  if (params.hiddenOnly || (params.usedOnly && !used)) return false;
  return params.filter === undefined || params.filter.partialMatch(name) !== params.invertFilter;
}
