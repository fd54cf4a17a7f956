/** The entry of the guard dog's thread: it must run while the threads that it watches hang. */
import { parentPort, workerData } from 'node:worker_threads';
import type { StatsMemory } from '../common/stats/stats-memory.ts';
import { StatsStore } from '../common/stats/stats-store.ts';
import { RealDispatcher } from '../event/real-dispatcher.ts';
import { GuardDog } from '../main/guard-dog/guard-dog.ts';
import { watchdogStats } from '../main/stats/server-stats.ts';
import type { GuardDogInit } from '../snapshot/guard-dog.ts';
import { openLogSink } from './log-sink.ts';

const init = workerData as GuardDogInit;
const touches = new Int32Array(init.touches);
const scope = new StatsStore(init.statsMemory as StatsMemory).createScope();
const dispatcher = new RealDispatcher('guarddog_thread');
const sink = openLogSink('');

const threads = init.threads.map(({ name, group, config }, index) => ({
  name,
  config,
  stats: watchdogStats(scope, group, name),
  wasTouched: () => Atomics.exchange(touches, index, 0) === 1,
}));

/** As Envoy panics: the process ends by SIGABRT, leaving a core where the system wants one. */
const kill = (reason: string): void => {
  sink(`${reason}\n`);
  process.kill(process.pid, 'SIGABRT');
};

const dog = new GuardDog(
  threads,
  dispatcher.timeSource.monotonicTimeMs(),
  kill,
  () => dispatcher.random.random() / Number.MAX_SAFE_INTEGER,
);
const timer = dispatcher.createTimer(() => {
  dog.check(dispatcher.timeSource.monotonicTimeMs());
  timer.enableTimer(dog.intervalMs);
});
timer.enableTimer(dog.intervalMs);
parentPort?.on('message', () => {
  dispatcher.shutdown();
  parentPort?.close();
});
