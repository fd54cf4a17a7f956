import assert from 'node:assert/strict';
import { test } from 'node:test';
import { datagramCatcher, sinkStat } from '../../../../test/harness/stats-sinks.ts';
import { IpAddress } from '../../network/address.ts';
import { plainLine } from './statsd-line.ts';
import { type UdpStatsdConfig, UdpStatsdSink } from './udp-statsd-sink.ts';

function world(config: Partial<UdpStatsdConfig> = {}, refusals = 0) {
  const { context, ...caught } = datagramCatcher(refusals);
  const address = new IpAddress('127.0.0.1', 8125);
  const whole = { address, prefix: 'p', maxBytesPerDatagram: 0, scaleToMilliseconds: false, ...config };
  return { ...caught, sink: new UdpStatsdSink(whole, plainLine, context) };
}

test('without a limit each line is a datagram, by one socket', () => {
  const { sink, datagrams, log } = world();
  sink.counter(sinkStat('c'), 3);
  sink.gauge(sinkStat('g'), -1);
  sink.endFlush();
  assert.deepEqual(datagrams, ['p.whole.c:3|c', 'p.whole.g:18446744073709551615|g']);
  sink[Symbol.dispose]();
  assert.deepEqual(log, ['connect 127.0.0.1:8125', 'close']);
});

test('lines wait for one another as long as there is room; one without room goes alone, at once', () => {
  const { sink, datagrams } = world({ maxBytesPerDatagram: 27 });
  const add = (name: string) => sink.counter(sinkStat(name), 1);
  for (const name of ['a', 'b', 'c']) add(name); // 13 bytes each: two and their newline are 27
  assert.deepEqual(datagrams, ['p.whole.a:1|c\np.whole.b:1|c']);
  add('x'.repeat(15)); // 27 bytes: as long as a datagram may be
  add('é'.repeat(7)); // 26 bytes: the first to wait for room, but there is none beside `c`
  assert.deepEqual(datagrams.slice(1), [`p.whole.${'x'.repeat(15)}:1|c`, 'p.whole.c:1|c']);
  sink.endFlush();
  sink.endFlush();
  assert.deepEqual(datagrams.slice(3), [`p.whole.${'é'.repeat(7)}:1|c`]);
});

test('samples go at once, past what waits: timers, percentages as histograms', () => {
  const { sink, datagrams } = world({ maxBytesPerDatagram: 500 });
  sink.counter(sinkStat('c'), 1);
  sink.sample(sinkStat('t'), 'milliseconds', 12);
  sink.sample(sinkStat('b'), 'bytes', 5);
  sink.sample(sinkStat('u'), 'microseconds', 1500);
  sink.sample(sinkStat('f'), 'percent', 12_345_678);
  assert.deepEqual(datagrams, ['p.whole.t:12|ms', 'p.whole.b:5|ms', 'p.whole.u:1500|ms', 'p.whole.f:12.3457|h']);
});

test('microseconds as milliseconds where it is wanted', () => {
  const { sink, datagrams } = world({ scaleToMilliseconds: true });
  for (const value of [7, 1500, 1_234_567]) sink.sample(sinkStat('u'), 'microseconds', value);
  sink.sample(sinkStat('t'), 'milliseconds', 1500);
  assert.deepEqual(
    datagrams.map((line) => line.slice('p.whole.'.length)),
    ['u:0.007|ms', 'u:1.5|ms', 'u:1234.567|ms', 't:1500|ms'],
  );
});

test('without a socket a line is lost, and the next one asks again', () => {
  const { sink, datagrams } = world({}, 1);
  sink.counter(sinkStat('a'), 1);
  sink.counter(sinkStat('b'), 1);
  assert.deepEqual(datagrams, ['p.whole.b:1|c']);
});
