import { Worker as Thread } from 'node:worker_threads';
import type { Scope } from '../../sdk/stats.ts';
import { createStatsMemory } from '../common/stats/stats-memory.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import { watchdogStats } from '../main/stats/server-stats.ts';
import type { GuardDogInit } from '../snapshot/guard-dog.ts';

/** How often a thread says that it is alive: half of what would be a miss, as Envoy's guard dog asks. */
export function touchIntervalMs(missMs: number): number {
  return Math.max(1, missMs / 2);
}

/** The dog's thread loads code for as long as a worker's does; the first requests come before it. */
const startDelayMs = 250;

/**
 * Starts to watch main and the workers; disposing ends the watch. `root` holds the counters' names, so that they are
 * listed before the dog's own thread has come up.
 */
export function startGuardDog(touches: SharedArrayBuffer, root: Scope, dependencies: ServerDependencies): Disposable {
  const { config, mainStats, dispatcher } = dependencies;
  const statsMemory = createStatsMemory();
  mainStats.addThread('guarddog_thread', statsMemory);
  const threads = watchedThreads(dependencies);
  for (const { name, group } of threads) watchdogStats(root, group, name);
  const init: GuardDogInit = { touches, statsMemory, threads };
  const flags = new Int32Array(touches);
  const touch = () => void Atomics.store(flags, 0, 1);
  const watch = dispatcher.registerWatchdog(touch, touchIntervalMs(config.mainWatchdog.missMs));
  let thread: Thread | undefined;
  const start = dispatcher.createTimer(() => {
    const url = new URL('./guard-dog-process.ts', import.meta.url);
    thread = new Thread(url, { workerData: init, name: 'guarddog_thread' });
    thread.unref();
  });
  start.enableTimer(startDelayMs);
  return {
    [Symbol.dispose]: () => {
      start[Symbol.dispose]();
      watch[Symbol.dispose]();
      thread?.postMessage('stop');
    },
  };
}

function watchedThreads({ config, options }: ServerDependencies): GuardDogInit['threads'] {
  const workers = Array.from({ length: options.concurrency }, (_, index) => ({
    name: `worker_${index}`,
    group: 'workers' as const,
    config: config.workerWatchdog,
  }));
  return [{ name: 'main_thread', group: 'main_thread', config: config.mainWatchdog }, ...workers];
}
