/**
 * Flushes statistics every `stats_flush_interval`: server gauges are brought up to date, histograms move on, sinks are
 * told.
 */

import type { Dispatcher, SchedulableCallback, Timer } from '../../../sdk/event.ts';
import type { Counter } from '../../../sdk/stats.ts';
import type { StatsSink } from '../../../sdk/stats-sink.ts';
import type { MainStats } from './main-stats.ts';
import type { SinkFlush } from './sink-flush.ts';

/** Envoy's default of `stats_flush_interval`. */
export const DEFAULT_FLUSH_INTERVAL_MS = 5000;

/** Where sinks are configured. */
export interface FlushToSinks {
  readonly sinks: readonly StatsSink[];
  readonly flush: SinkFlush;
  /** A flush while the one before is still under way is none. */
  readonly dropped: Counter;
}

export class StatsFlusher implements Disposable {
  readonly #stats: MainStats;
  readonly #timer: Timer;
  readonly #intervalMs: number | undefined;
  readonly #next: SchedulableCallback;
  readonly #before: (() => void)[] = [];
  readonly #to: FlushToSinks | undefined;
  #running: Iterator<undefined> | undefined = undefined;

  /** Without an interval (`stats_flush_on_admin`) only flush() flushes. */
  constructor(dispatcher: Dispatcher, stats: MainStats, intervalMs: number | undefined, to?: FlushToSinks) {
    this.#stats = stats;
    this.#intervalMs = intervalMs;
    this.#to = to;
    this.#next = dispatcher.createSchedulableCallback(() => this.#goOn());
    this.#timer = dispatcher.createTimer(() => {
      this.flush();
      this.start();
    });
  }

  start(): void {
    if (this.#intervalMs !== undefined) this.#timer.enableTimer(this.#intervalMs);
  }

  /** `update` brings gauges up to date before each flush. */
  beforeFlush(update: () => void): void {
    this.#before.push(update);
  }

  flush(): void {
    if (this.#running !== undefined) return this.#to?.dropped.inc();
    for (const update of this.#before) update();
    this.#stats.flush();
    if (this.#to === undefined) return;
    this.#running = this.#to.flush.run(this.#to.sinks);
    this.#goOn();
  }

  /** The last flush, which has no time left for turns. */
  finish(): void {
    if (this.#to === undefined) return;
    while (this.#running !== undefined) this.#goOn();
    this.flush();
    while (this.#running !== undefined) this.#goOn();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#next[Symbol.dispose]();
    this.#running = undefined;
  }

  #goOn(): void {
    if (this.#running?.next().done !== false) this.#running = undefined;
    else this.#next.scheduleCallbackNextIteration();
  }
}
