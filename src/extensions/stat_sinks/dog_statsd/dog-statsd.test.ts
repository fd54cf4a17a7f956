import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { datagramCatcher, sinkStat } from '../../../../test/harness/stats-sinks.ts';
import { dogStatsdSink } from './index.ts';

const TYPE = 'envoy.config.metrics.v3.DogStatsdSink';
const { read } = configReader([dogStatsdSink]);
const address = { socket_address: { protocol: 'UDP', address: '127.0.0.1', port_value: 8125 } };

test('statistics become lines', () => {
  const { config, problems } = read(TYPE, { address });
  assert.deepEqual(problems, []);
  const { context, datagrams } = datagramCatcher();
  const sink = dogStatsdSink.createSink(config as never, context);
  sink.counter(sinkStat('c'), 2);
  sink.gauge(sinkStat('g', { a: 'b', x: 'y z' }), 7);
  sink.endFlush();
  assert.deepEqual(datagrams, ['envoy.c:2|c', 'envoy.g:7|g|#a:b,x:y z']);
});

test('lines wait for one another in datagrams of limited size', () => {
  const { config } = read(TYPE, { address, prefix: 'p', max_bytes_per_datagram: 100 });
  const { context, datagrams } = datagramCatcher();
  const sink = dogStatsdSink.createSink(config as never, context);
  for (const name of ['a', 'b']) sink.counter(sinkStat(name), 1);
  sink.endFlush();
  assert.deepEqual(datagrams, ['p.a:1|c\np.b:1|c']);
});
