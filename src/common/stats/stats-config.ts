/** `stats_config` of the bootstrap: tags, which names are kept, buckets of histograms. */
import type {
  HistogramBucketSettings,
  StatsConfig,
  StatsMatcher,
  TagSpecifier,
} from '../../../api/generated/envoy/config/metrics/v3/stats_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { AcceptsStat } from '../../../sdk/stats.ts';
import { parseListStringMatcher, parseStringMatcher } from '../matcher/string-matcher.ts';
import { DEFAULT_BUCKETS } from './histogram-statistics.ts';
import { tagRegexFault } from './tag-regex-fault.ts';
import { defaultTagExtractors, fixedTag, regexTag, type Tag, type TagExtractor, TagProducer } from './tags.ts';

/** What `stats_config` says of names. */
export interface StatsOptions {
  /** `stats_matcher`: whether a statistic of that name is kept. */
  readonly accepts: (name: string) => boolean;
  /** `histogram_bucket_settings`: upper borders of a histogram's buckets. */
  readonly bucketsFor: (name: string) => readonly number[];
}

export interface CheckedStatsConfig {
  /** For MainStats.configure. */
  readonly options: StatsOptions;
  readonly tags: TagProducer;
}

/** `commandLineTags` are those of --stats-tag. Faults are gathered in `ctx`, the place of `stats_config`. */
export function parseStatsConfig(
  config: StatsConfig | undefined,
  commandLineTags: readonly Tag[],
  ctx: ConfigContext,
): CheckedStatsConfig {
  const extractors = config?.useAllDefaultTags === false ? [] : defaultTagExtractors();
  for (const { name, value } of commandLineTags) extractors.push(fixedTag(name, value));
  for (const [index, tag] of (config?.statsTags ?? []).entries()) {
    extractors.push(...parseTag(tag, ctx.child('stats_tags', index)));
  }
  const accepts = parseMatcher(config?.statsMatcher, ctx.child('stats_matcher'));
  const bucketsFor = parseBuckets(config?.histogramBucketSettings ?? [], ctx);
  return { options: { accepts, bucketsFor }, tags: new TagProducer(extractors) };
}

function parseTag(tag: TagSpecifier, ctx: ConfigContext): readonly TagExtractor[] {
  const name = tag.tagName;
  if (tag.tagValue.case === 'fixedValue') return [fixedTag(name, tag.tagValue.value)];
  const pattern = tag.tagValue.value ?? '';
  if (pattern === '') {
    const known = defaultTagExtractors().filter((extractor) => extractor.name === name);
    if (known.length > 0) return known;
    ctx.error(`No regex specified for tag specifier and no default regex for name: '${name}'`);
    return [];
  }
  if (name === '') {
    ctx.error('tag_name cannot be empty');
    return [];
  }
  const fault = tagRegexFault(pattern);
  if (fault !== undefined) {
    ctx.child('regex').error(`Invalid regex '${pattern}': ${fault}`, { expected: 'an ECMAScript regex' });
    return [];
  }
  try {
    return [regexTag(name, pattern)];
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    ctx.child('regex').error(`Invalid regex '${pattern}': ${error.message}`, { expected: 'an ECMAScript regex' });
    return [];
  }
}

/** `stats_matcher` of a listener or cluster, for a scope's `accepts`; undefined where there is none. */
export function parseStatsMatcher(config: StatsMatcher | undefined, ctx: ConfigContext): AcceptsStat | undefined {
  return config && parseMatcher(config, ctx);
}

function parseMatcher(config: StatsMatcher | undefined, ctx: ConfigContext): AcceptsStat {
  const matcher = config?.statsMatcher;
  if (matcher?.case === 'rejectAll') {
    const accepted = !matcher.value;
    return () => accepted;
  }
  if (matcher?.case === 'exclusionList') {
    const excluded = parseListStringMatcher(matcher.value, ctx.child('exclusion_list'));
    return (name) => !excluded.match(name);
  }
  if (matcher?.case === 'inclusionList') {
    const included = parseListStringMatcher(matcher.value, ctx.child('inclusion_list'));
    return (name) => included.match(name);
  }
  return () => true;
}

/** The first rule that matches a name says its buckets. `bins` is a hint for an allocator that is not ours. */
function parseBuckets(
  settings: readonly HistogramBucketSettings[],
  ctx: ConfigContext,
): (name: string) => readonly number[] {
  const rules = settings.map((rule, index) => {
    const at = ctx.child('histogram_bucket_settings', index).child('match');
    const matcher = rule.match === undefined ? undefined : parseStringMatcher(rule.match, at);
    const borders = [...rule.buckets].sort((a, b) => a - b);
    return { matcher, buckets: borders.length === 0 ? DEFAULT_BUCKETS : borders };
  });
  return (name) => rules.find(({ matcher }) => matcher?.match(name))?.buckets ?? DEFAULT_BUCKETS;
}
