import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { MainStats } from './main-stats.ts';
import { RecentLookups } from './recent-lookups.ts';

test('lookups are counted always, remembered when enabled, most frequent last', () => {
  const lookups = new RecentLookups();
  lookups.lookup('a.', 'x');
  lookups.enabled = true;
  for (const suffix of ['y', 'x', 'y', 'b']) lookups.lookup('a.', suffix);
  assert.equal(lookups.total, 5);
  assert.deepEqual(lookups.entries(), [
    ['a.b', 1],
    ['a.x', 1],
    ['a.y', 2],
  ]);
  lookups.enabled = false;
  assert.deepEqual([lookups.total, lookups.entries()], [5, []]);
  lookups.clear();
  assert.equal(lookups.total, 0);
});

test('the last hundred names are remembered', () => {
  const lookups = new RecentLookups();
  lookups.enabled = true;
  for (let i = 0; i < 100; i++) lookups.lookup('', String(i));
  lookups.lookup('', '0');
  lookups.lookup('', 'new');
  const names = lookups.entries().map(([name]) => name);
  assert.equal(names.length, 100);
  assert.deepEqual([names.includes('0'), names.includes('1'), names.includes('new')], [true, false, true]);
});

test('a statistic that any thread makes is a lookup', () => {
  const stats = new MainStats();
  stats.store.createScope('main').counter('a');
  const memory = createStatsMemory();
  stats.addThread('worker_0', memory);
  stats.refresh();
  const before = stats.recentLookups.total;
  stats.recentLookups.enabled = true;
  const scope = new StatsStore(memory).createScope('cluster.u');
  scope.counter('upstream_rq_404');
  scope.counter('upstream_rq_404').inc();
  stats.refresh();
  assert.equal(stats.recentLookups.total - before, 1);
  assert.deepEqual(stats.recentLookups.entries(), [['cluster.u.upstream_rq_404', 1]]);
});
