import assert from 'node:assert/strict';
import { test } from 'node:test';
import { binOf } from '../../common/stats/histogram-bin.ts';
import { histogramSnapshot } from '../../common/stats/histogram-statistics.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { MainStats } from './main-stats.ts';
import type { NamedStat } from './stat-index.ts';

function worker(stats: MainStats, name: string): StatsStore {
  const memory = createStatsMemory();
  stats.addThread(name, memory);
  return new StatsStore(memory);
}

function find<S extends NamedStat>(index: Iterable<S>, name: string): S | undefined {
  for (const stat of index) if (stat.prefix + stat.suffix === name) return stat;
  return undefined;
}

test('a counter is the sum of all threads, and what a worker has just defined is seen at once', () => {
  const stats = new MainStats();
  stats.store.createScope('cluster.a').counter('rq').add(2);
  const one = worker(stats, 'worker_0').createScope('cluster.a').counter('rq');
  const two = worker(stats, 'worker_1').createScope('cluster').counter('a.rq');
  one.inc();
  two.add(10);
  assert.equal(find(stats.counters, 'cluster.a.rq')?.value, 13);
  assert.equal(stats.counters.size, 1);
  assert.equal(one.value, 1);
});

test('a gauge adds up over threads unless it is main’s alone, or hidden: then the largest', () => {
  const stats = new MainStats();
  const store = worker(stats, 'worker_0');
  stats.store.createScope().gauge('sum').set(3);
  store.createScope().gauge('sum').sub(1);
  stats.store.createScope().gauge('main', 'never_import').set(7);
  store.createScope().gauge('main', 'never_import').set(9);
  for (const one of [stats.store, store]) one.createScope().gauge('used', 'hidden').set(1);
  assert.equal(find(stats.gauges, 'sum')?.value, 2);
  assert.equal(find(stats.gauges, 'main')?.value, 7);
  assert.equal(find(stats.gauges, 'used')?.value, 1);
  assert.deepEqual(
    [...stats.gauges].filter(({ hidden }) => hidden).map(({ name }) => name),
    ['used'],
  );
});

test('a statistic is used once anything was written, be it zero', () => {
  const stats = new MainStats();
  const scope = stats.store.createScope();
  scope.counter('idle');
  scope.counter('added').add(0);
  scope.gauge('set').set(-0);
  scope.gauge('unset');
  assert.deepEqual(
    [...stats.counters, ...stats.gauges].map((stat) => [stat.name, stat.used, stat.value]),
    [
      ['idle', false, 0],
      ['added', true, 0],
      ['set', true, 0],
      ['unset', false, 0],
    ],
  );
});

test('a reset counter starts again from zero, and threads that go keep what they counted', () => {
  const stats = new MainStats();
  const kept = stats.store.createScope('a').counter('rq');
  const counter = worker(stats, 'worker_0').createScope('a').counter('rq');
  counter.add(5);
  stats.resetCounters();
  assert.equal(find(stats.counters, 'a.rq')?.value, 0);
  counter.add(2);
  kept.inc();
  stats.removeThread('worker_0');
  assert.equal(find(stats.counters, 'a.rq')?.value, 3);
});

test('a statistic disappears when the last scope that holds it on any thread is disposed', () => {
  const stats = new MainStats();
  const mainScope = stats.store.createScope('listener.x');
  const store = worker(stats, 'worker_0');
  const [first, second] = [store.createScope('listener.x'), store.createScope('listener.x')];
  mainScope.counter('cx');
  const counter = first.counter('cx');
  assert.equal(second.counter('cx'), counter);
  counter.inc();
  first[Symbol.dispose]();
  counter.inc();
  mainScope[Symbol.dispose]();
  assert.equal(find(stats.counters, 'listener.x.cx')?.value, 2);
  second[Symbol.dispose]();
  assert.equal(stats.counters.size, 0);
  counter.inc(); // a stale holder writes into nowhere
  const again = store.createScope('listener.x').counter('cx');
  assert.notEqual(again, counter);
  counter.inc();
  assert.equal(find(stats.counters, 'listener.x.cx')?.value, 0);
});

test('what an ended scope is asked for shows nowhere, unless another scope holds it', () => {
  const stats = new MainStats();
  const store = worker(stats, 'worker_0');
  const ended = store.createScope('cluster.c');
  ended.counter('rq').inc();
  ended[Symbol.dispose]();
  ended.counter('rq').inc();
  ended.counter('rq_503').inc();
  ended.gauge('active').set(1);
  ended.histogram('ms', 'milliseconds').recordValue(7);
  ended.textReadout('version').set('1');
  assert.deepEqual(
    [stats.counters.size, stats.gauges.size, stats.histograms.size, stats.textReadouts.size],
    [0, 0, 0, 0],
  );
  const next = store.createScope('cluster.c');
  next.counter('rq');
  ended.counter('rq').inc();
  assert.equal(find(stats.counters, 'cluster.c.rq')?.value, 1);
  next[Symbol.dispose]();
  assert.equal(stats.counters.size, 0);
});

test('a slot is reused only after main has read that it is free', () => {
  const stats = new MainStats();
  const memory = createStatsMemory();
  stats.addThread('worker_0', memory);
  const store = new StatsStore(memory);
  const scope = store.createScope('old');
  scope.counter('rq').add(5);
  stats.refresh();
  const kept = stats.store.createScope('old').counter('rq');
  scope[Symbol.dispose]();
  store.createScope('new').counter('a').add(100);
  assert.equal(find(stats.counters, 'old.rq')?.value, 5);
  store.createScope('new').counter('b').add(1000);
  assert.equal(find(stats.counters, 'new.b')?.value, 1000);
  assert.equal(find(stats.counters, 'old.rq')?.value, 5);
  assert.equal(kept.value, 0);
});

test('names come and go for ever within bounded memory', () => {
  const stats = new MainStats();
  const memory = createStatsMemory({ valuesMaxBytes: 1 << 16, namesMaxBytes: 1 << 18 });
  stats.addThread('worker_0', memory);
  const store = new StatsStore(memory);
  for (let round = 0; round < 3000; round++) {
    const scope = store.createScope(`cluster.c${round}`);
    for (let i = 0; i < 10; i++) scope.counter(`upstream_rq_${i}`).add(i);
    if (round % 7 === 0) stats.refresh();
    if (round % 50 === 0) assert.equal(find(stats.counters, `cluster.c${round}.upstream_rq_9`)?.value, 9);
    scope[Symbol.dispose]();
  }
  assert.equal(stats.counters.size, 0);
  assert.equal(stats.dropped, 0);
  assert.ok(memory.values.byteLength <= 1 << 16);
});

test('a statistic that finds no room counts into nowhere and is told', () => {
  const stats = new MainStats();
  const memory = createStatsMemory({ valuesMaxBytes: 1 << 16, namesMaxBytes: 1 << 16 });
  stats.addThread('worker_0', memory);
  const scope = new StatsStore(memory).createScope('s');
  for (let i = 0; i < 9000; i++) scope.counter(`c${i}`).inc();
  assert.ok(stats.dropped > 0);
  for (const counter of stats.counters) assert.equal(counter.value, 1);
});

test('a sample counts in its bin, whatever was counted before it', () => {
  const stats = new MainStats();
  const scope = worker(stats, 'worker_0').createScope();
  const histogram = scope.histogram('ms', 'milliseconds');
  const samples = [
    0,
    1,
    1,
    99,
    100,
    105,
    109,
    110,
    995,
    999,
    1000,
    1e10,
    0.5,
    99.5,
    1,
    -1,
    -0,
    1.5,
    105,
    Number.NaN,
    7,
    Number.POSITIVE_INFINITY,
    99,
  ];
  const counts = new Map<number, number>();
  for (const sample of samples) {
    histogram.recordValue(sample);
    const bin = binOf(sample);
    if (bin !== undefined) counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  stats.flush();
  assert.deepEqual(find(stats.histograms, 'ms')?.cumulative, histogramSnapshot(counts));
});

test('histograms move on at a flush: interval and cumulative', () => {
  const stats = new MainStats();
  const kept = stats.store.createScope().histogram('ms', 'milliseconds');
  const store = worker(stats, 'worker_0');
  const scope = store.createScope();
  scope.histogram('ms', 'milliseconds').recordValue(5);
  kept.recordValue(5);
  const histogram = find(stats.histograms, 'ms');
  assert.equal(histogram?.used, false);
  stats.flush();
  assert.deepEqual([histogram?.used, histogram?.interval.counts, histogram?.cumulative.counts], [true, [2], [2]]);
  scope.histogram('ms', 'milliseconds').recordValue(70);
  scope[Symbol.dispose]();
  stats.flush();
  assert.deepEqual([histogram?.interval.counts, histogram?.cumulative.counts], [[1], [2, 1]]);
  stats.flush();
  assert.deepEqual([histogram?.interval.counts, histogram?.cumulative.counts], [[], [2, 1]]);
});

test('a text readout shows the last text', () => {
  const stats = new MainStats();
  const readout = worker(stats, 'worker_0').createScope('cds').textReadout('version_text');
  assert.equal(find(stats.textReadouts, 'cds.version_text')?.value, '');
  readout.set('v1');
  readout.set('versión 2 \u{1f600}');
  assert.equal(find(stats.textReadouts, 'cds.version_text')?.value, 'versión 2 \u{1f600}');
});

test('what the configuration refuses is not listed, whenever it was defined', () => {
  const stats = new MainStats();
  stats.store.createScope('a').counter('one').inc();
  stats.configure({ accepts: (name) => !name.startsWith('a.'), bucketsFor: () => [1, 2] });
  stats.store.createScope('a').counter('two').inc();
  stats.store.createScope('b').counter('three').inc();
  stats.store.createScope('b').histogram('h', 'bytes');
  assert.deepEqual(
    [...stats.counters].map((counter) => counter.name),
    ['b.three'],
  );
  assert.deepEqual([...stats.histograms][0]?.buckets, [1, 2]);
});

test('a counter and a gauge may share a name', () => {
  const stats = new MainStats();
  const scope = stats.store.createScope();
  scope.counter('x').add(4);
  const gauge = scope.gauge('x');
  gauge.set(9);
  assert.equal(scope.gauge('x'), gauge);
  assert.equal(find(stats.counters, 'x')?.value, 4);
  assert.equal(find(stats.gauges, 'x')?.value, 9);
});
