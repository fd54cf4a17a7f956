import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { MainStats } from './main-stats.ts';

test('main reads a real worker’s statistics without a message, names and grown memory too', async () => {
  const stats = new MainStats();
  const memory = createStatsMemory();
  stats.addThread('worker_0', memory);
  const store = new URL('../../common/stats/stats-store.ts', import.meta.url).href;
  const code = `
    import { workerData } from 'node:worker_threads';
    import { StatsStore } from ${JSON.stringify(store)};
    const scope = new StatsStore(workerData).createScope('cluster.late');
    for (let i = 0; i < 20000; i++) scope.counter('upstream_rq_' + i).add(i);
    scope.histogram('upstream_rq_time', 'milliseconds').recordValue(3);`;
  const worker = new Worker(new URL(`data:text/javascript,${encodeURIComponent(code)}`), { workerData: memory });
  await once(worker, 'exit');
  let sum = 0;
  for (const counter of stats.counters) sum += counter.value;
  assert.equal(stats.counters.size, 20000);
  assert.equal(sum, (19999 * 20000) / 2);
  stats.flush();
  assert.deepEqual([...stats.histograms][0]?.cumulative.counts, [1]);
});
