import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatsConfig } from '../../../api/generated/envoy/config/metrics/v3/stats_pb.d.ts';
import { ConfigContext, ConfigErrorCollector } from '../../../sdk/config.ts';
import { parseStatsConfig } from './stats-config.ts';
import type { Tag } from './tags.ts';

function parse(fields: Record<string, unknown>, commandLineTags: readonly Tag[] = []) {
  const collector = new ConfigErrorCollector();
  const config = {
    $typeName: 'envoy.config.metrics.v3.StatsConfig',
    statsTags: [],
    histogramBucketSettings: [],
    ...fields,
  };
  const ctx = new ConfigContext(collector, 'stats_config');
  const checked = parseStatsConfig(config as unknown as StatsConfig, commandLineTags, ctx);
  return { ...checked, problems: collector.problems.map(({ path, message }) => `${path}: ${message}`) };
}

const regex = (tagName: string, value: string) => ({ tagName, tagValue: { case: 'regex', value } });
const fixed = (tagName: string, value: string) => ({ tagName, tagValue: { case: 'fixedValue', value } });
const prefix = (value: string) => ({ matchPattern: { case: 'prefix', value }, ignoreCase: false });

test('without configuration: default tags, every name, default buckets', () => {
  const ctx = new ConfigContext(new ConfigErrorCollector());
  const { options, tags } = parseStatsConfig(undefined, [], ctx);
  assert.deepEqual(tags.produce('cluster.u.rq').tags, [{ name: 'envoy.cluster_name', value: 'u' }]);
  assert.equal(options.accepts('anything'), true);
  assert.equal(options.bucketsFor('anything').length, 19);
});

test('tags of the command line come first, then one’s own', () => {
  const { tags, problems } = parse({ statsTags: [fixed('env', 'prod')] }, [{ name: 'foo', value: 'bar' }]);
  assert.deepEqual(tags.produce('server.live').tags, [
    { name: 'foo', value: 'bar' },
    { name: 'env', value: 'prod' },
  ]);
  assert.deepEqual(problems, []);
});

test('one default tag alone, by its name', () => {
  const { tags } = parse({ useAllDefaultTags: false, statsTags: [regex('envoy.cluster_name', '')] });
  assert.deepEqual(tags.produce('cluster.u.upstream_rq_503'), {
    extractedName: 'cluster.upstream_rq_503',
    tags: [{ name: 'envoy.cluster_name', value: 'u' }],
  });
});

test('a tag without a regex that is no default, without a name, or with a bad regex is refused', () => {
  const { problems } = parse({ statsTags: [regex('nosuch', ''), regex('', 'a'), regex('b', '(')] });
  assert.deepEqual(problems.slice(0, 2), [
    "stats_config.stats_tags[0]: No regex specified for tag specifier and no default regex for name: 'nosuch'",
    'stats_config.stats_tags[1]: tag_name cannot be empty',
  ]);
  assert.match(problems[2] ?? '', /^stats_config\.stats_tags\[2\]\.regex: Invalid regex '\(': /);
});

test('names are kept by an inclusion or dropped by an exclusion list', () => {
  const lists = (kind: string, value: unknown) =>
    parse({ statsMatcher: { statsMatcher: { case: kind, value } } }).options;
  const list = { patterns: [prefix('cluster.')] };
  const verdicts = (accepts: (name: string) => boolean) => ['cluster.a', 'server.live'].map(accepts);
  assert.deepEqual(verdicts(lists('inclusionList', list).accepts), [true, false]);
  assert.deepEqual(verdicts(lists('exclusionList', list).accepts), [false, true]);
  assert.deepEqual(verdicts(lists('rejectAll', true).accepts), [false, false]);
  assert.deepEqual(verdicts(lists('rejectAll', false).accepts), [true, true]);
});

test('the first rule that matches gives the buckets, sorted', () => {
  const rule = (name: string, buckets: number[]) => ({ match: prefix(name), buckets });
  const { options } = parse({ histogramBucketSettings: [rule('http', [5, 1]), rule('http.in', [9]), rule('tcp', [])] });
  assert.deepEqual(options.bucketsFor('http.in.downstream_rq_time'), [1, 5]);
  assert.equal(options.bucketsFor('tcp.t.x').length, 19);
});
