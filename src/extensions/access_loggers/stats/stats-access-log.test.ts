import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AccessLog, AccessLogType } from '../../../../sdk/extension.ts';
import { CountingLogs, EVICTION_MS } from '../../../../test/harness/counting-logs.ts';
import { loggedStream } from '../../../../test/harness/logged-stream.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';

const path = { name: 'path', value_format: '%REQ(:path)%' };

function stream(headers: Record<string, string> = {}) {
  const { context, info } = loggedStream({ ':path': '/', ...headers });
  return {
    info,
    log: (log: AccessLog | undefined, accessLogType: AccessLogType = 'DownstreamEnd') =>
      log?.log({ ...context, accessLogType }, info),
  };
}

const scoped = (more: object, scope: object = {}) => ({ stats_scope: { prefix: 'p', ...scope }, ...more }) as JsonInput;

test('counters and histograms take values of a line, with its tags; what is no number is told now and then', () => {
  const world = new CountingLogs();
  const value_format = '%REQ(x-v)%';
  const [log] = world.worker(
    0,
    scoped({
      counters: [
        { stat: { name: 'a', tags: [path] }, value_format },
        { stat: { name: 'fixed' }, value_fixed: 2 },
      ],
      histograms: [{ stat: { name: 'h', tags: [path] }, value_format }],
    }),
  );
  for (const value of ['5', ' 2.9 ', '0x10', 'x', 'inf', '']) stream({ 'x-v': value }).log(log);
  stream({ ':path': '/é.x' }).log(log);
  assert.deepEqual(world.shown, ['p.a.path./: 23', 'p.fixed: 14', 'p.h.path./']);
  assert.deepEqual(world.complaints, [
    "Stats access logger formatted a string that isn't a number: x",
    'Stats access logger computed non-number value: null_value: NULL_VALUE',
  ]);
  assert.deepEqual(world.main.ownTags('p.a.path./')?.tags, [{ name: 'path', value: '/' }]);
  assert.equal(world.main.ownTags('p.a.path./')?.extractedName, 'p.a');
});

test('rules of a tag drop it, change it, or drop the statistic', () => {
  const TRANSFORM = 'type.googleapis.com/envoy.extensions.matching.actions.transform_stat.v3.TransformStat';
  const input = {
    name: 'v',
    typed_config: { '@type': 'type.googleapis.com/envoy.extensions.matching.common_inputs.stats.v3.StatTagValueInput' },
  };
  const act = (what: object) => ({ action: { name: 'a', typed_config: { '@type': TRANSFORM, ...what } } });
  const map = {
    none: act({ drop_stat: {} }),
    bare: act({ drop_tag: {} }),
    new: act({ update_tag: { new_tag_value: 'u' } }),
  };
  const rules = { matcher_tree: { input, exact_match_map: { map } } };
  const world = new CountingLogs();
  const tags = [{ name: 't', value_format: '%REQ(x-t)%', rules }];
  const [log] = world.worker(0, scoped({ counters: [{ stat: { name: 'c', tags }, value_fixed: 1 }] }));
  for (const value of ['none', 'bare', 'new', 'same', '']) stream({ 'x-t': value }).log(log);
  assert.deepEqual(world.shown, ['p.c.t.: 1', 'p.c.t.same: 1', 'p.c.t.u: 1', 'p.c: 1']);
});

test('limits are those of all threads, and of loggers that share a scope', () => {
  const world = new CountingLogs();
  const shared = (name: string) =>
    scoped({ counters: [{ stat: { name, tags: [path] }, value_fixed: 1 }] }, { max_counters: 2, sharing_name: 's' });
  const [a0, b0] = world.worker(0, shared('a'), shared('b'));
  const [a1] = world.worker(1, shared('a'));
  stream({ ':path': '/1' }).log(a1);
  stream({ ':path': '/1' }).log(a0);
  stream({ ':path': '/1' }).log(b0);
  for (const log of [a0, a1, b0]) stream({ ':path': '/2' }).log(log);
  assert.deepEqual(world.shown, ['p.a.path./1: 2', 'p.b.path./1: 1']);
});

test('what is not used for two intervals is forgotten and makes room', () => {
  const world = new CountingLogs();
  const set = { stat: { name: 'g', tags: [path] }, value_fixed: 1, set: { log_type: 'DownstreamEnd' } };
  const pair = { add_log_type: 'DownstreamStart', sub_log_type: 'DownstreamEnd' };
  const config = scoped(
    {
      counters: [{ stat: { name: 'a', tags: [path] }, value_fixed: 1 }],
      gauges: [set, { stat: { name: 'up', tags: [path] }, value_fixed: 1, add_subtract: pair }],
    },
    { max_counters: 1, enable_eviction: true },
  );
  const [log] = world.worker(0, config);
  const open = stream({ ':path': '/1' });
  open.log(log, 'DownstreamStart');
  stream({ ':path': '/1' }).log(log);
  world.time.advance(EVICTION_MS);
  stream({ ':path': '/1' }).log(log);
  stream({ ':path': '/2' }).log(log);
  assert.deepEqual(world.shown, [
    'p.a.path./1: 3',
    'p.g.path./1: 1',
    'p.g.path./2: 1',
    'p.up.path./1: 1',
    'p.up.path./2: 0',
  ]);
  world.time.advance(2 * EVICTION_MS);
  assert.deepEqual(world.shown, ['p.g.path./1: 1', 'p.g.path./2: 1', 'p.up.path./1: 1']);
  stream({ ':path': '/2' }).log(log);
  assert.ok(world.shown.includes('p.a.path./2: 1'));
});

test('a gauge that several threads set has what was set last', () => {
  const world = new CountingLogs();
  const gauge = { stat: { name: 'g' }, value_format: '%REQ(x-v)%', set: { log_type: 'DownstreamEnd' } };
  const logs = [0, 1].flatMap((index) => world.worker(index, scoped({ gauges: [gauge] })));
  const values = [3, 9, 4, 4, 0, 7];
  for (const [i, value] of values.entries()) {
    stream({ 'x-v': String(value) }).log(logs[i % 2]);
    assert.deepEqual(world.shown, [`p.g: ${value}`]);
  }
});

test('what a stream adds to a gauge is taken back by its counterpart, else when the stream ends', () => {
  const world = new CountingLogs();
  const gauge = (name: string, add_log_type: string, sub_log_type: string) =>
    ({ stat: { name }, value_format: '%REQ(x-v)%', add_subtract: { add_log_type, sub_log_type } }) as const;
  const gauges = [
    gauge('pair', 'DownstreamStart', 'DownstreamEnd'),
    gauge('open', 'DownstreamStart', 'TcpPeriodic'),
    gauge('late', 'TcpPeriodic', 'DownstreamEnd'),
  ];
  const [log] = world.worker(0, scoped({ gauges }));
  const one = stream({ 'x-v': '2' });
  one.log(log, 'DownstreamStart');
  one.log(log, 'DownstreamStart');
  assert.deepEqual(world.shown, ['p.open: 4', 'p.pair: 4']);
  one.log(log, 'DownstreamEnd');
  assert.deepEqual(world.shown, ['p.late: 0', 'p.open: 4', 'p.pair: 2']);
  assert.match(world.complaints.join(), /paired subtract was skipped .*: late$/);
  log?.streamEnded?.(one.info);
  assert.deepEqual(world.shown, ['p.late: 0', 'p.open: 0', 'p.pair: 0']);
});
