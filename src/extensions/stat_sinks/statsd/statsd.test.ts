import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { datagramCatcher, sinkStat } from '../../../../test/harness/stats-sinks.ts';
import { statsdSink } from './index.ts';

const TYPE = 'envoy.config.metrics.v3.StatsdSink';
const { read } = configReader([statsdSink]);
const address = { socket_address: { protocol: 'UDP', address: '127.0.0.1', port_value: 8125 } };

test('statistics become lines', () => {
  const { config, problems } = read(TYPE, { address });
  assert.deepEqual(problems, []);
  const { context, datagrams } = datagramCatcher();
  const sink = statsdSink.createSink(config as never, context);
  sink.counter(sinkStat('c'), 2);
  sink.gauge(sinkStat('g', { a: 'b', x: 'y z' }), 7);
  sink.endFlush();
  assert.deepEqual(datagrams, ['envoy.whole.c:2|c', 'envoy.whole.g:7|g']);
});

test('TCP and pipes are refused by name', () => {
  const bad = (json: object) => read(TYPE, json as never).problems;
  assert.match(bad({ tcp_cluster_name: 'x' })[0] ?? '', /^tcp_cluster_name: is not supported yet/);
  assert.match(
    bad({ address: { pipe: { path: '/x' } } })[0] ?? '',
    /^address\.pipe: datagrams to a pipe are not supported yet/,
  );
});
