import type { Counter } from '../../../../sdk/stats.ts';
import type { GuardDogAction, GuardDogActionContext, StuckThread, WatchdogEvent } from '../../../../sdk/watchdog.ts';

export interface BacktraceConfig {
  /** A thread is not looked at again before that. */
  readonly cooldownMs: number;
}

export const COUNTERS = {
  logged: 'watchdog.backtrace_action.backtraces_logged',
  failed: 'watchdog.backtrace_action.backtraces_failed',
} as const;

/** A thread that runs JavaScript listens at once; its neighbour on the same CPU may have to be waited for. */
const limitMs = 5000;

export class BacktraceAction implements GuardDogAction {
  readonly #config: BacktraceConfig;
  readonly #context: GuardDogActionContext;
  readonly #logged: Counter;
  readonly #failed: Counter;
  /** When a thread was looked at last, by its name. */
  readonly #lastMs = new Map<string, number>();

  constructor(config: BacktraceConfig, context: GuardDogActionContext) {
    this.#config = config;
    this.#context = context;
    this.#logged = context.scope.counter(COUNTERS.logged);
    this.#failed = context.scope.counter(COUNTERS.failed);
  }

  run(_event: WatchdogEvent, threads: readonly StuckThread[]): void {
    const { dispatcher, threads: inspector } = this.#context;
    const now = dispatcher.timeSource.monotonicTimeMs();
    for (const { name } of threads) {
      const last = this.#lastMs.get(name);
      if (last !== undefined && now - last < this.#config.cooldownMs) continue;
      this.#lastMs.set(name, now);
      inspector.backtrace(name, limitMs, (calls) => this.#onBacktrace(name, calls));
    }
  }

  #onBacktrace(name: string, calls: readonly string[] | undefined): void {
    const { logger } = this.#context;
    if (calls === undefined) {
      this.#failed.inc();
      return logger('misc').warn(`Backtrace Action: thread ${name} does not listen: it is in native code.`);
    }
    logger('misc').critical(`Backtrace Action: backtrace for thread ${name}:`);
    for (const [i, call] of calls.entries()) logger('backtrace').critical(`#${i}: ${call}`);
    this.#logged.inc();
  }
}
