import type { WatchdogConfig, WatchdogEvent } from '../config/watchdog-config.ts';
import type { WatchdogStats } from '../stats/server-stats.ts';

/** A thread that is watched. */
export interface WatchedThread {
  readonly name: string;
  readonly config: WatchdogConfig;
  readonly stats: WatchdogStats;
  /** Whether it showed life since the last time this was asked. */
  wasTouched(): boolean;
}

interface Watch {
  readonly thread: WatchedThread;
  lastTouchedMs: number;
  missed: boolean;
  megaMissed: boolean;
}

/** What a thread that hangs too long brings about: the end of the process. */
export type Kill = (reason: string) => void;

/**
 * Watches threads that touch a flag (Envoy's GuardDogImpl). A thread that stays silent is counted once a miss and once a
 * megamiss; with kill or multikill configured, it ends the process.
 */
export class GuardDog {
  readonly #watches: Watch[];
  readonly #kill: Kill;
  /** kill timeouts with their jitter drawn, by thread. */
  readonly #killMs: ReadonlyMap<string, number>;

  /** @param draw a number in [0, 1), for the jitter of kill timeouts */
  constructor(threads: readonly WatchedThread[], nowMs: number, kill: Kill, draw: () => number) {
    this.#kill = kill;
    this.#watches = threads.map((thread) => ({ thread, lastTouchedMs: nowMs, missed: false, megaMissed: false }));
    this.#killMs = new Map(
      threads.map(({ name, config }) => [
        name,
        config.killMs === 0 ? 0 : config.killMs + draw() * config.maxKillJitterMs,
      ]),
    );
  }

  /** How often `check` is to be called: as often as the shortest time that is watched, as Envoy does. */
  get intervalMs(): number {
    const times = this.#watches.flatMap(({ thread: { config } }) => [
      config.missMs,
      config.megamissMs,
      config.killMs,
      config.multikillMs,
    ]);
    return Math.min(...times.filter((ms) => ms > 0));
  }

  check(nowMs: number): void {
    let stuckForMultikill = 0;
    for (const watch of this.#watches) {
      if (watch.thread.wasTouched()) {
        watch.lastTouchedMs = nowMs;
        watch.missed = false;
        watch.megaMissed = false;
        continue;
      }
      if (this.#judge(watch, nowMs - watch.lastTouchedMs)) stuckForMultikill++;
    }
    this.#checkMultikill(stuckForMultikill);
  }

  /** Whether it is stuck long enough to count for multikill. */
  #judge(watch: Watch, silentMs: number): boolean {
    const { config, stats, name } = watch.thread;
    if (silentMs > config.missMs && !watch.missed) {
      watch.missed = true;
      stats.miss();
      this.#abortOn('MISS', watch.thread);
    }
    if (silentMs > config.megamissMs && !watch.megaMissed) {
      watch.megaMissed = true;
      stats.megaMiss();
      this.#abortOn('MEGAMISS', watch.thread);
    }
    const killMs = this.#killMs.get(name) ?? 0;
    if (killMs > 0 && silentMs > killMs)
      this.#kill(`GuardDog: one thread (${name}) stuck for more than watchdog_kill_timeout`);
    return config.multikillMs > 0 && silentMs > config.multikillMs;
  }

  #abortOn(event: WatchdogEvent, { config, name }: WatchedThread): void {
    if (config.abortOn.includes(event)) this.#kill(`Watchdog AbortAction terminating thread ${name}.`);
  }

  #checkMultikill(stuck: number): void {
    const threshold = this.#watches[0]?.thread.config.multikillThreshold ?? 0;
    const needed = Math.max(2, Math.ceil((threshold / 100) * this.#watches.length));
    if (stuck >= needed)
      this.#kill(
        `GuardDog: At least ${needed} threads (${stuck} in all) stuck for more than watchdog_multikill_timeout`,
      );
  }
}
