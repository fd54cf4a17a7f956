import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromBinary, toJson } from '@bufbuild/protobuf';
import { BinaryReader } from '@bufbuild/protobuf/wire';
import { loadDescriptors } from '../../../api/load-descriptors.ts';
import { fakeAdmin } from '../../../test/harness/fake-admin-context.ts';
import { TypeRegistry } from '../../common/proto/type-registry.ts';
import type { EndpointStat } from '../stats/endpoint-stat.ts';
import type { AdminContext } from './admin-context.ts';
import { AdminRouter } from './admin-router.ts';
import { defaultAdminHandlers } from './default-handlers.ts';

/** A server with one statistic of each kind and a cluster that served three requests of 0, 0 and 1 ms. */
function server(changes: Partial<AdminContext> = {}) {
  const { context } = fakeAdmin(changes);
  const cluster = context.stats.store.createScope('cluster.u');
  cluster.counter('upstream_rq_total').add(3);
  cluster.counter('upstream_rq_4xx');
  cluster.gauge('membership_total').set(0);
  cluster.textReadout('version_text').set('a"b');
  for (const ms of [0, 0, 1]) cluster.histogram('upstream_rq_time', 'milliseconds').recordValue(ms);
  cluster.histogram('upstream_cx_length_ms', 'milliseconds');
  const router = new AdminRouter(context, defaultAdminHandlers());
  const ask = (path: string, method = 'GET', accept = '') => {
    const { status, contentType, body } = router.handle({ method, path, contentType: '', accept, body: '' });
    const bytes = (typeof body === 'string' ? [body] : [...body]).map((chunk) => Buffer.from(chunk));
    return { status, contentType, text: Buffer.concat(bytes).toString() };
  };
  const families = (path: string): unknown[] => {
    const { body } = router.handle({ method: 'GET', path, contentType: '', accept: '', body: '' });
    assert.notEqual(typeof body, 'string');
    return familiesOf(Buffer.concat([...body].filter((chunk) => typeof chunk !== 'string')));
  };
  return { context, ask, families };
}

test('text: readouts, then counters and gauges by name, then histograms as of the last flush', () => {
  const { context, ask } = server();
  assert.equal(
    ask('/stats').text,
    'cluster.u.version_text: "a"b"\ncluster.u.membership_total: 0\ncluster.u.upstream_rq_4xx: 0\n' +
      'cluster.u.upstream_rq_total: 3\ncluster.u.upstream_cx_length_ms: No recorded values\n' +
      'cluster.u.upstream_rq_time: No recorded values\n',
  );
  context.stats.flush();
  context.stats.flush();
  assert.equal(
    ask('/stats?type=Histograms&usedonly').text,
    'cluster.u.upstream_rq_time: P0(nan,0) P25(nan,0) P50(nan,0) P75(nan,1.05) P90(nan,1.05) P95(nan,1.05) ' +
      'P99(nan,1.05) P99.5(nan,1.05) P99.9(nan,1.05) P100(nan,1.05)\n',
  );
});

test('stats_flush_on_admin: a page sees the histograms of this moment', () => {
  const { ask } = server({ flushStatsOnAdmin: true });
  assert.ok(ask('/stats?filter=rq_time').text.startsWith('cluster.u.upstream_rq_time: P0(0,0) '));
});

test('used, filter, inverted filter and type choose', () => {
  const { ask } = server();
  assert.equal(ask('/stats?usedonly&type=Counters').text, 'cluster.u.upstream_rq_total: 3\n');
  assert.equal(ask('/stats?usedonly&type=Gauges').text, 'cluster.u.membership_total: 0\n');
  assert.equal(ask('/stats?filter=rq_(t|4)&invert_filter&type=Counters').text, '');
  assert.equal(ask('/stats?filter=rq%5F4xx').text, 'cluster.u.upstream_rq_4xx: 0\n');
  assert.equal(ask('/stats?hidden=only').text, '');
});

test('histogram buckets as text', () => {
  const { context, ask } = server();
  context.stats.flush();
  const show = (mode: string) => ask(`/stats?usedonly&type=Histograms&histogram_buckets=${mode}`).text;
  assert.ok(show('cumulative').startsWith('cluster.u.upstream_rq_time: B0.5(2,2) B1(3,3) B5(3,3) '));
  assert.ok(show('disjoint').startsWith('cluster.u.upstream_rq_time: B0.5(2,2) B1(1,1) B5(0,0) '));
  assert.ok(show('disjoint').endsWith(' B1.8e+06(0,0) B3.6e+06(0,0)\n'));
  assert.ok(
    show('detailed').startsWith(
      'cluster.u.upstream_rq_time:\n  totals=0,0:2, 1,0.1:1\n  intervals=0,0:2, 1,0.1:1\n  summary=P0(0,0) ',
    ),
  );
});

test('JSON: numbers and texts, histograms in one last entry', () => {
  const { ask } = server();
  const { contentType, text } = ask('/stats?format=json&filter=version|rq_total|rq_time');
  assert.equal(contentType, 'application/json');
  assert.ok(
    text.startsWith(
      '{"stats":[{"name":"cluster.u.version_text","value":"a\\"b"},{"name":"cluster.u.upstream_rq_total","value":3},' +
        '{"histograms":{"supported_quantiles":[0,25,50,75,90,95,99,99.5,99.9,100],"computed_quantiles":' +
        '[{"name":"cluster.u.upstream_rq_time","values":[{"cumulative":null,"interval":null},',
    ),
  );
  for (const mode of ['cumulative', 'disjoint', 'detailed', 'summary']) {
    const parsed = JSON.parse(ask(`/stats?format=json&histogram_buckets=${mode}`).text);
    assert.equal(parsed.stats.length, 5, mode);
  }
  assert.equal(ask('/stats?format=json&filter=zzz').text, '{"stats":[]}');
  assert.ok(ask('/stats?format=json&histogram_buckets=cumulative').text.includes('{"upper_bound":3e+05,"interval":0,'));
});

test('Prometheus: tags are labels, a TYPE line a name, histograms cumulative', () => {
  const { context, ask } = server();
  context.stats.flush();
  const { text } = ask('/stats/prometheus?text_readouts&usedonly');
  const head =
    '# TYPE envoy_cluster_upstream_rq_total counter\nenvoy_cluster_upstream_rq_total{envoy_cluster_name="u"} 3\n' +
    '# TYPE envoy_cluster_membership_total gauge\nenvoy_cluster_membership_total{envoy_cluster_name="u"} 0\n' +
    '# TYPE envoy_cluster_version_text gauge\n' +
    'envoy_cluster_version_text{envoy_cluster_name="u",text_value="a\\"b"} 0\n' +
    '# TYPE envoy_cluster_upstream_rq_time histogram\n' +
    'envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="u",le="0.5"} 2\n';
  assert.equal(text.slice(0, head.length), head);
  assert.ok(
    text.endsWith(
      'le="3600000"} 3\nenvoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="u",le="+Inf"} 3\n' +
        'envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="u"} 1.0476190476190476719153821250075\n' +
        'envoy_cluster_upstream_rq_time_count{envoy_cluster_name="u"} 3\n',
    ),
  );
  assert.equal(ask('/stats?format=prometheus&text_readouts&usedonly').text, text);
  const summary = ask('/stats/prometheus?filter=rq_time&histogram_buckets=summary').text;
  assert.ok(summary.includes('{envoy_cluster_name="u",quantile="0.75"} 1.0500000000000000444089209850063\n'));
});

test('HTML shows the text, escaped, under a form with what was asked for', () => {
  const { ask } = server();
  const { contentType, text } = ask('/stats?format=html&filter=version&usedonly&type=TextReadouts');
  assert.equal(contentType, 'text/html; charset=UTF-8');
  assert.ok(text.includes('<pre>\ncluster.u.version_text: &quot;a&quot;b&quot;\n</pre>'));
  assert.ok(text.includes("<form action='stats' method='get'"));
  assert.match(text, /name='usedonly'[^>]* checked>/);
  assert.match(text, /name='filter'[^>]* value='version'>/);
  assert.match(text, /<option value='html' selected>/);
  assert.match(text, /<option value='TextReadouts' selected>/);
  assert.ok(ask('/stats?format=html&filter=%3Cb%3E').text.includes("value='&lt;b&gt;'"));
});

test('HTML says of which there are none, and draws histograms with all their buckets', () => {
  const { context, ask } = server();
  context.stats.flush();
  const none = ask('/stats?format=html&filter=nothing').text.match(/<i>.*<\/i>/g);
  assert.deepEqual(none, [
    '<i>No text readouts found</i>',
    '<i>No Counters and Gauges found</i>',
    '<i>No Histograms found</i>',
  ]);
  const text = ask('/stats?format=html&filter=rq_time&histogram_buckets=detailed').text;
  assert.match(
    text,
    /<h2>cluster\.u\.upstream_rq_time<\/h2>\n<div class='bars'>(?:<i style='height:\d+%' title='.*'><\/i>)+/,
  );
  assert.match(text, /<pre>\ncluster\.u\.upstream_rq_time: P0\(/);
});

test('active HTML has the browser ask for JSON', () => {
  const { contentType, text } = server().ask('/stats?format=active-html&filter=a&update-interval=2');
  assert.equal(contentType, 'text/html; charset=UTF-8');
  const names = [...text.matchAll(/(?:input|select) .*?name='(.*?)'/g)].map((match) => match[1]);
  assert.equal(names.join(' '), 'usedonly filter invert_filter type format max-display-count update-interval');
  assert.match(text, /name='update-interval' value='2'/);
  const script = /<script>([\s\S]*)<\/script>/.exec(text)?.[1] ?? '';
  assert.doesNotThrow(() => new Function(script));
});

test('counters are reset by POST', () => {
  const { ask } = server();
  assert.equal(ask('/reset_counters', 'POST').text, 'OK\n');
  assert.ok(ask('/stats/recentlookups').text.endsWith('total: 0\n'));
  assert.equal(ask('/stats?filter=rq_total').text, 'cluster.u.upstream_rq_total: 0\n');
});

test('wrong parameters are refused in Envoy’s words', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['/stats?filter=(', 'Invalid re2 regex: missing ): ('],
    ['/stats?filter=a**', 'Invalid re2 regex: bad repetition operator: **'],
    ['/stats?type=bad', 'invalid &type= param'],
    ['/stats?format=bad', 'usage: /stats?format=(html|active-html|json|prometheus|text)\n\n'],
    ['/stats?hidden=bad', 'usage: /stats?hidden=(include|only|exclude)\n\n'],
    ['/stats?histogram_buckets=prometheusnative', 'Invalid histogram_buckets type for non prometheus stats type'],
    ['/stats/prometheus?histogram_buckets=detailed', 'unsupported prometheus histogram bucket mode'],
  ];
  for (const [path, text] of cases) {
    assert.deepEqual(server().ask(path), { status: 400, contentType: 'text/plain; charset=UTF-8', text });
  }
});

test('statistics of endpoints stand between numbers and histograms, used or not; Prometheus has them last, with their tags', () => {
  const stat = { extractedName: 'cluster.endpoint.rq_total', kind: 'Counters', used: true } as const;
  const of = (host: string, value: number): EndpointStat => ({
    ...stat,
    name: `cluster.u.endpoint.${host}_80.rq_total`,
    tags: [{ name: 'envoy.endpoint_address', value: `${host}:80` }],
    value,
  });
  const { ask } = server({ endpointStats: () => [of('b', 1), of('a', 0)] });
  const lines = 'cluster.u.endpoint.b_80.rq_total: 1\ncluster.u.endpoint.a_80.rq_total: 0\n';
  assert.ok(ask('/stats').text.includes(`upstream_rq_total: 3\n${lines}cluster.u.upstream_cx_length_ms`));
  assert.equal(ask('/stats?usedonly&type=Counters&filter=endpoint').text, lines);
  assert.equal(ask('/stats?type=Gauges&filter=endpoint').text, '');
  assert.ok(
    ask('/stats/prometheus').text.endsWith(
      '# TYPE envoy_cluster_endpoint_rq_total counter\n' +
        'envoy_cluster_endpoint_rq_total{envoy_endpoint_address="a:80"} 0\n' +
        'envoy_cluster_endpoint_rq_total{envoy_endpoint_address="b:80"} 1\n',
    ),
  );
});

test('recent lookups: their number always, their names once they are recorded', () => {
  const { context, ask } = server();
  const page = () => ask('/stats/recentlookups').text;
  const off = 'Lookup tracking is not enabled. Use /stats/recentlookups/enable to enable.';
  assert.match(page(), new RegExp(`^${off}\\n\\ntotal: [1-9]\\d*\\n$`));
  ask('/stats/recentlookups/clear', 'POST');
  assert.equal(page(), `${off}\n\ntotal: 0\n`);
  ask('/stats/recentlookups/enable', 'POST');
  assert.equal(page(), '   Count Lookup\n\ntotal: 0\n');
  context.stats.store.createScope('cluster.u').counter('upstream_rq_404');
  assert.equal(page(), '   Count Lookup\n       1 cluster.u.upstream_rq_404\n\ntotal: 1\n');
  ask('/stats/recentlookups/disable', 'POST');
  assert.equal(page(), `${off}\n\ntotal: 1\n`);
});

const PROTOBUF = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';

/** The families of a page, as JSON. */
function familiesOf(bytes: Uint8Array): unknown[] {
  const schema = new TypeRegistry(loadDescriptors()).requireMessage('io.prometheus.client.MetricFamily');
  const reader = new BinaryReader(bytes);
  const families: unknown[] = [];
  while (reader.pos < reader.len) families.push(toJson(schema, fromBinary(schema, reader.bytes())));
  return families;
}

test('Prometheus as messages: each name once, labels and values of its metrics, zeros too', () => {
  const { families } = server();
  const path = '/stats/prometheus?prom_protobuf&filter=rq_(total|4)|membership';
  const label = [{ name: 'envoy_cluster_name', value: 'u' }];
  const xx = [{ name: 'envoy_response_code_class', value: '4' }, ...label];
  assert.deepEqual(families(path), [
    { name: 'envoy_cluster_upstream_rq_total', type: 0, metric: [{ label, counter: { value: 3 } }] },
    { name: 'envoy_cluster_upstream_rq_xx', type: 0, metric: [{ label: xx, counter: { value: 0 } }] },
    { name: 'envoy_cluster_membership_total', type: 1, metric: [{ label, gauge: { value: 0 } }] },
  ]);
  const readouts = families('/stats/prometheus?prom_protobuf&text_readouts&filter=version');
  const text = { label: [...label, { name: 'text_value', value: 'a"b' }], gauge: { value: 0 } };
  assert.deepEqual(readouts, [{ name: 'envoy_cluster_version_text', type: 1, metric: [text] }]);
});

test('Prometheus as messages: histograms as buckets, quantiles or native ones', () => {
  const { families, context } = server();
  context.stats.flush();
  const shown = (query: string, filter = 'rq_time') => {
    const [family] = families(`/stats/prometheus?prom_protobuf&filter=${filter}&${query}`);
    const { type, metric } = family as { type: number; metric: { histogram?: object; summary?: object }[] };
    return { type, ...metric[0] };
  };
  const { histogram } = shown('') as { histogram: { sampleCount: string; bucket: unknown[] } };
  assert.deepEqual([histogram.sampleCount, histogram.bucket.length], ['3', 19]);
  assert.deepEqual(histogram.bucket.slice(0, 2), [
    { cumulativeCount: '2', upperBound: 0.5 },
    { cumulativeCount: '3', upperBound: 1 },
  ]);
  const { type, summary } = shown('histogram_buckets=summary') as { type: number; summary: { quantile: unknown[] } };
  assert.deepEqual([type, summary.quantile.length, summary.quantile[0]], [2, 10, { quantile: 0, value: 0 }]);
  const native = shown('histogram_buckets=prometheusnative').histogram as { sampleSum: number };
  assert.deepEqual(native, {
    ...{ sampleCount: '3', sampleSum: native.sampleSum, schema: 4, zeroThreshold: 0.5, zeroCount: '2' },
    ...{ positiveSpan: [{ offset: 0, length: 1 }], positiveDelta: ['1'] },
  });
  const none = shown('histogram_buckets=prometheusnative', 'length').histogram;
  assert.deepEqual(none, { schema: 3, zeroCount: '0', positiveSpan: [{ offset: 0, length: 0 }] });
});

test('a native histogram has no more buckets than are wanted', () => {
  const { ask, families, context } = server();
  for (const ms of [1, 10, 100, 1000]) {
    context.stats.store.createScope('cluster.u').histogram('upstream_rq_time', 'milliseconds').recordValue(ms);
  }
  context.stats.flush();
  const path = '/stats/prometheus?prom_protobuf&filter=rq_time&histogram_buckets=prometheusnative';
  const [family] = families(`${path}&native_histogram_max_buckets=3`);
  const { metric } = family as { metric: { histogram: { schema: number; positiveDelta: string[] } }[] };
  assert.deepEqual([metric[0]?.histogram.schema, metric[0]?.histogram.positiveDelta.length], [-3, 3]);
  const refused = 'invalid native_histogram_max_buckets value: must be a positive integer';
  for (const bad of ['x', '0', '-1', '1.5', '5x', '4294967296']) {
    assert.equal(ask(`/stats?native_histogram_max_buckets=${bad}`).text, refused);
  }
  for (const good of ['%205', '+5', '5%20', '005', '4294967295', '']) {
    assert.equal(ask(`/stats?native_histogram_max_buckets=${good}`).status, 200);
  }
});

test('accept: messages if they are named before text', () => {
  const { ask } = server();
  const type = (accept: string, path = '/stats/prometheus') => ask(path, 'GET', accept).contentType;
  const pb = 'application/vnd.google.protobuf';
  for (const accept of [pb, `${pb};q=0`, `text/html, ${pb};x=y,text/plain`, `*/*,${pb}`, `TEXT/PLAIN,${pb}`]) {
    assert.equal(type(accept), PROTOBUF, accept);
  }
  for (const accept of ['', '*/*', `text/plain;q=0.1,${pb}`, `${pb} ;x`, `${pb}2`, pb.toUpperCase()]) {
    assert.equal(type(accept), 'text/plain; charset=UTF-8', accept);
  }
  assert.equal(type(pb, '/stats?format=prometheus'), PROTOBUF);
  assert.equal(type(pb, '/stats?format=json'), 'application/json');
  const native = '/stats/prometheus?histogram_buckets=prometheusnative';
  assert.deepEqual([ask(native).status, ask(native, 'GET', pb).status], [400, 200]);
});

test('a Prometheus family of many metrics comes with its length in front, in chunks', () => {
  const { families, context } = server();
  const metrics = 20_000;
  for (let i = 0; i < metrics; i++) context.stats.store.createScope(`cluster.c${i}`).counter('upstream_rq_total').inc();
  const [family, more] = families('/stats/prometheus?prom_protobuf&filter=rq_total');
  assert.deepEqual([(family as { metric: unknown[] }).metric.length, more], [metrics + 1, undefined]);
});
