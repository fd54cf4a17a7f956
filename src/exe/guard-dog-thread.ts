import { Worker as Thread } from 'node:worker_threads';
import type { ExtensionLookup } from '../../sdk/extension.ts';
import type { Scope } from '../../sdk/stats.ts';
import type { GuardDogActionExtension } from '../../sdk/watchdog.ts';
import { createStatsMemory } from '../common/stats/stats-memory.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import { createLoggingInit } from '../main/server-worker-init.ts';
import { watchdogStats } from '../main/stats/server-stats.ts';
import type { GuardDogGroup, GuardDogInit } from '../snapshot/guard-dog.ts';

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
  const { config, mainStats, dispatcher, options } = dependencies;
  const statsMemory = createStatsMemory();
  mainStats.addThread('guarddog_thread', statsMemory);
  const groups = watchedGroups(dependencies);
  for (const group of groups) nameCounters(group, root, dependencies.extensions);
  const init: GuardDogInit = {
    touches,
    statsMemory,
    logging: createLoggingInit(dependencies),
    plugins: options.plugins,
    disabledExtensions: options.disabledExtensions,
    groups,
  };
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

/** Envoy has two dogs: what main's is told says nothing about workers. */
function watchedGroups({ config, options }: ServerDependencies): readonly [GuardDogGroup, GuardDogGroup] {
  const workers = Array.from({ length: options.concurrency }, (_, index) => `worker_${index}`);
  return [
    { name: 'main_thread', config: config.mainWatchdog, threads: ['main_thread'] },
    { name: 'workers', config: config.workerWatchdog, threads: workers },
  ];
}

function nameCounters({ name: group, config, threads }: GuardDogGroup, root: Scope, extensions: ExtensionLookup): void {
  for (const thread of threads) watchdogStats(root, group, thread);
  for (const { name } of config.actions) {
    const action = extensions.byName('envoy.guarddog_actions', name) as GuardDogActionExtension | undefined;
    for (const counter of action?.counters(group) ?? []) root.counter(counter);
  }
}
