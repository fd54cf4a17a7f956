import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createStatsMemory, type StatsMemory } from '../../common/stats/stats-memory.ts';
import { MainStats } from './main-stats.ts';

/** A worker that runs `code` with `workerData` and `StatsStore`. */
function startWorker(memory: StatsMemory, code: string): Worker {
  const store = new URL('../../common/stats/stats-store.ts', import.meta.url).href;
  const module = `
    import { workerData } from 'node:worker_threads';
    import { StatsStore } from ${JSON.stringify(store)};
    ${code}`;
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(module)}`), { workerData: memory });
}

test('main reads a real worker’s statistics without a message, names and grown memory too', async () => {
  const stats = new MainStats();
  const memory = createStatsMemory();
  stats.addThread('worker_0', memory);
  const worker = startWorker(
    memory,
    `
    const scope = new StatsStore(workerData).createScope('cluster.late');
    for (let i = 0; i < 20000; i++) scope.counter('upstream_rq_' + i).add(i);
    scope.histogram('upstream_rq_time', 'milliseconds').recordValue(3);`,
  );
  await once(worker, 'exit');
  let sum = 0;
  for (const counter of stats.counters) sum += counter.value;
  assert.equal(stats.counters.size, 20000);
  assert.equal(sum, (19999 * 20000) / 2);
  stats.flush();
  assert.deepEqual([...stats.histograms][0]?.cumulative.counts, [1]);
});

test('while a worker makes and ends statistics as fast as it can, main never sees one’s value under another’s name', async () => {
  const stats = new MainStats();
  const memory = createStatsMemory();
  stats.addThread('worker_0', memory);
  const worker = startWorker(
    memory,
    `
    const store = new StatsStore(workerData);
    for (let round = 0; round < 30000; round++) {
      const scope = store.createScope('s' + (round % 7));
      for (let i = 1; i < 6; i++) scope.counter('counts_to_' + i).add(i);
      scope[Symbol.dispose]();
    }`,
  );
  let running = true;
  const ended = once(worker, 'exit').then(() => {
    running = false;
  });
  while (running) {
    for (const { name, value } of stats.counters) {
      assert.ok(value === 0 || value === Number(name.at(-1)), `${name}: ${value}`);
    }
    await new Promise(setImmediate);
  }
  await ended;
  assert.equal(stats.counters.size, 0);
  assert.ok(memory.values.byteLength < 1 << 24);
});
