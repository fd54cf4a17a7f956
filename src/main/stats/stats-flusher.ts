/** Flushes statistics every `stats_flush_interval`: histograms move on, server gauges are brought up to date. */
import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { MainStats } from './main-stats.ts';

/** Envoy's default of `stats_flush_interval`. */
export const DEFAULT_FLUSH_INTERVAL_MS = 5000;

export class StatsFlusher implements Disposable {
  readonly #stats: MainStats;
  readonly #timer: Timer;
  readonly #intervalMs: number | undefined;
  readonly #before: (() => void)[] = [];
  readonly #after: (() => void)[] = [];

  /** Without an interval (`stats_flush_on_admin`) only flush() flushes. */
  constructor(dispatcher: Dispatcher, stats: MainStats, intervalMs: number | undefined) {
    this.#stats = stats;
    this.#intervalMs = intervalMs;
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

  /** `send` hands what was flushed to a sink. */
  afterFlush(send: () => void): void {
    this.#after.push(send);
  }

  flush(): void {
    for (const update of this.#before) update();
    this.#stats.flush();
    for (const send of this.#after) send();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}
