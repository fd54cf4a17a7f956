import { Worker as Thread } from 'node:worker_threads';
import { createStatsMemory } from '../common/stats/stats-memory.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import type { GuardDogInit } from '../snapshot/guard-dog.ts';

/** How often a thread says that it is alive: half of what would be a miss, as Envoy's guard dog asks. */
export function touchIntervalMs(missMs: number): number {
  return Math.max(1, missMs / 2);
}

/** Starts to watch main and the workers; disposing ends the watch. */
export function startGuardDog(
  touches: SharedArrayBuffer,
  { config, options, mainStats, dispatcher }: ServerDependencies,
): Disposable {
  const statsMemory = createStatsMemory();
  mainStats.addThread('guarddog_thread', statsMemory);
  const workers = Array.from({ length: options.concurrency }, (_, index) => ({
    name: `worker_${index}`,
    group: 'workers' as const,
    config: config.workerWatchdog,
  }));
  const threads = [{ name: 'main_thread', group: 'main_thread' as const, config: config.mainWatchdog }, ...workers];
  const init: GuardDogInit = { touches, statsMemory, threads };
  const flags = new Int32Array(touches);
  const watch = dispatcher.registerWatchdog(
    () => void Atomics.store(flags, 0, 1),
    touchIntervalMs(config.mainWatchdog.missMs),
  );
  const thread = new Thread(new URL('./guard-dog-process.ts', import.meta.url), {
    workerData: init,
    name: 'guarddog_thread',
  });
  thread.unref();
  return {
    [Symbol.dispose]: () => {
      watch[Symbol.dispose]();
      thread.postMessage('stop');
    },
  };
}
