import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listeningSink } from '../../../test/harness/stats-sinks.ts';
import { TagProducer } from '../../common/stats/tags.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import type { EndpointStat } from './endpoint-stat.ts';
import { MainStats } from './main-stats.ts';
import { SinkFlush } from './sink-flush.ts';
import { StatsFlusher } from './stats-flusher.ts';

function world(endpoints: () => readonly EndpointStat[] = () => []) {
  const time = new SimulatedTime();
  const stats = new MainStats();
  const scope = stats.store.createScope('s');
  const { sink, heard } = listeningSink();
  const flush = new SinkFlush({ stats, tags: new TagProducer([]), endpointStats: endpoints });
  const dropped = stats.store.createScope('server').counter('dropped');
  const to = { sinks: [sink], flush, dropped };
  const dispatcher = new SimulatedDispatcher('main_thread', time);
  const flusher = new StatsFlusher(dispatcher, stats, 5000, to);
  return { time, stats, scope, heard, dropped, flusher };
}

test('sinks hear of what is in use: what counters gained since the last flush, values of gauges', () => {
  const { scope, heard, flusher } = world();
  scope.counter('unused');
  scope.gauge('unused_gauge');
  scope.gauge('hidden', 'hidden').set(1);
  const counter = scope.counter('c');
  counter.add(3);
  scope.gauge('g').set(0);
  flusher.flush();
  counter.inc();
  flusher.flush();
  flusher.flush();
  flusher[Symbol.dispose]();
  const flush = (delta: number) => [`s.c +${delta}`, 's.g =0', 'end'];
  assert.deepEqual(heard, [...flush(3), ...flush(1), ...flush(0)]);
});

test('endpoints: counters by what they gained, gauges', () => {
  let total = 5;
  const of = (kind: EndpointStat['kind'], name: string, value: number): EndpointStat => {
    return { name, extractedName: name, tags: [], kind, value, used: true };
  };
  const { heard, flusher } = world(() => [of('Counters', 'e.total', total), of('Gauges', 'e.active', 2)]);
  flusher.flush();
  total = 7;
  flusher.flush();
  flusher[Symbol.dispose]();
  assert.deepEqual(heard, ['e.total +5', 'e.active =2', 'end', 'e.total +2', 'e.active =2', 'end']);
});

test('a long flush takes turns; one that comes meanwhile is dropped and counted', () => {
  const { time, scope, heard, dropped, flusher } = world();
  const many = 10_000;
  for (let i = 0; i < many; i++) scope.counter(`c${i}`).inc();
  flusher.flush();
  const first = heard.length;
  assert.ok(first > 0 && first < many, `${first}`);
  flusher.flush();
  assert.equal(dropped.value, 1);
  time.advance(1);
  assert.equal(heard.length, many + 1);
  flusher.flush();
  flusher.finish();
  flusher[Symbol.dispose]();
  // Two more, whole: the one that was under way and the last, which tell of the drop too.
  assert.equal(heard.length, 3 * (many + 1) + 2);
});
