import type { GuardDogAction, StuckThread, WatchdogEvent } from '../../../sdk/watchdog.ts';
import type { WatchdogConfig } from '../../snapshot/guard-dog.ts';
import type { WatchdogStats } from '../stats/server-stats.ts';

/** A thread that is watched. */
export interface WatchedThread extends StuckThread {
  readonly stats: WatchdogStats;
  /** Whether it showed life since the last time this was asked. */
  wasTouched(): boolean;
}

export interface GuardDogOptions {
  readonly config: WatchdogConfig;
  readonly threads: readonly WatchedThread[];
  readonly nowMs: number;
  /** What a thread that hangs too long brings about: the end of the process. */
  readonly kill: (reason: string, threads: readonly StuckThread[]) => void;
  /** The configured ones, in the order in which they run. */
  readonly actions: ReadonlyMap<WatchdogEvent, readonly GuardDogAction[]>;
  /** A number in [0, 1), for the jitter of kill timeouts. */
  readonly draw: () => number;
}

interface Watch {
  readonly thread: WatchedThread;
  lastTouchedMs: number;
  missed: boolean;
  megaMissed: boolean;
}

/**
 * Watches threads that touch a flag (Envoy's GuardDogImpl). A thread that stays silent is counted once a miss and once a
 * megamiss, and actions run; with kill or multikill configured, it ends the process.
 */
export class GuardDog {
  readonly #options: GuardDogOptions;
  readonly #watches: readonly Watch[];
  /** With its jitter drawn. */
  readonly #killMs: number;

  constructor(options: GuardDogOptions) {
    const { threads, nowMs, config, draw } = options;
    this.#options = options;
    this.#watches = threads.map((thread) => ({ thread, lastTouchedMs: nowMs, missed: false, megaMissed: false }));
    this.#killMs = config.killMs === 0 ? 0 : config.killMs + draw() * config.maxKillJitterMs;
  }

  /** How often `check` is to be called: as often as the shortest time that is watched, as Envoy does. */
  get intervalMs(): number {
    const { missMs, megamissMs, killMs, multikillMs } = this.#options.config;
    return Math.min(...[missMs, megamissMs, killMs, multikillMs].filter((ms) => ms > 0));
  }

  check(nowMs: number): void {
    const missed: WatchedThread[] = [];
    const megaMissed: WatchedThread[] = [];
    const stuckForMultikill: WatchedThread[] = [];
    for (const watch of this.#watches) {
      if (wakeIfTouched(watch, nowMs)) continue;
      const silentMs = nowMs - watch.lastTouchedMs;
      if (this.#countMiss(watch, silentMs)) missed.push(watch.thread);
      if (this.#countMegaMiss(watch, silentMs)) megaMissed.push(watch.thread);
      this.#checkKill(watch.thread, silentMs);
      const { multikillMs } = this.#options.config;
      if (multikillMs > 0 && silentMs > multikillMs) stuckForMultikill.push(watch.thread);
    }
    this.#checkMultikill(stuckForMultikill);
    this.#act('MEGAMISS', megaMissed);
    this.#act('MISS', missed);
  }

  #countMiss(watch: Watch, silentMs: number): boolean {
    if (watch.missed || silentMs <= this.#options.config.missMs) return false;
    watch.missed = true;
    watch.thread.stats.miss();
    return true;
  }

  #countMegaMiss(watch: Watch, silentMs: number): boolean {
    if (watch.megaMissed || silentMs <= this.#options.config.megamissMs) return false;
    watch.megaMissed = true;
    watch.thread.stats.megaMiss();
    return true;
  }

  #checkKill(thread: WatchedThread, silentMs: number): void {
    if (this.#killMs === 0 || silentMs <= this.#killMs) return;
    this.#act('KILL', [thread]);
    this.#options.kill(`GuardDog: one thread (${thread.name}) stuck for more than watchdog_kill_timeout`, [thread]);
  }

  #checkMultikill(stuck: readonly WatchedThread[]): void {
    const { config, kill } = this.#options;
    const needed = Math.max(2, Math.ceil((config.multikillThreshold / 100) * this.#watches.length));
    if (stuck.length < needed) return;
    this.#act('MULTIKILL', stuck);
    const many = `At least ${needed} threads (${stuck.length} in all)`;
    kill(`GuardDog: ${many} stuck for more than watchdog_multikill_timeout`, stuck);
  }

  #act(event: WatchdogEvent, threads: readonly WatchedThread[]): void {
    if (threads.length === 0) return;
    for (const action of this.#options.actions.get(event) ?? []) action.run(event, threads);
  }
}

function wakeIfTouched(watch: Watch, nowMs: number): boolean {
  if (!watch.thread.wasTouched()) return false;
  watch.lastTouchedMs = nowMs;
  watch.missed = false;
  watch.megaMissed = false;
  return true;
}
