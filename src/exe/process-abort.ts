import type { StuckThread, ThreadInspector } from '../../sdk/watchdog.ts';
import type { Logging } from '../common/logging/logger.ts';

/** A thread that has not told by then where it hangs will not; Envoy waits as long for a thread to abort. */
const limitMs = 5000;

/**
 * As Envoy panics: what the threads are in is logged, as far as they tell, and the process ends by SIGABRT, leaving a
 * core where the system wants one.
 */
export class ProcessAbort {
  readonly #inspector: ThreadInspector;
  readonly #logging: Logging;
  #begun = false;

  constructor(inspector: ThreadInspector, logging: Logging) {
    this.#inspector = inspector;
    this.#logging = logging;
  }

  /** The first call counts. */
  abort(reason: string, threads: readonly StuckThread[]): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#logging.logger('assert').critical(reason);
    let left = threads.length;
    for (const { name } of threads) {
      this.#inspector.backtrace(name, limitMs, (calls) => {
        this.#logBacktrace(name, calls);
        if (--left === 0) process.kill(process.pid, 'SIGABRT');
      });
    }
  }

  #logBacktrace(name: string, calls: readonly string[] | undefined): void {
    const logger = this.#logging.logger('backtrace');
    if (calls === undefined) return logger.critical(`${name} does not listen: it is in native code`);
    logger.critical(`Backtrace of ${name}:`);
    for (const [i, call] of calls.entries()) logger.critical(`#${i}: ${call}`);
  }
}
