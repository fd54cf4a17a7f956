import type { Random, TimeSource } from '../../sdk/event.ts';
import { BaseDispatcher } from './base-dispatcher.ts';
import type { RunType } from './dispatcher.ts';
import type { FileWatch } from './file-event.ts';
import { FileWatcher } from './file-watcher.ts';
import { RealRandom } from './random.ts';
import { RealTimeSource } from './real-time.ts';

/** Someone who has called `run`. */
interface Waiter {
  isOver(): boolean;
  leave(): void;
}

/** Longest delay that the runtime's timers take; what expires later is looked at again then. */
const longestDelayMs = 0x7fff_ffff;

/**
 * A dispatcher on the runtime's loop. An iteration of it ends in the loop's check phase, after the sockets that were
 * ready have been served: callbacks scheduled by those run there, in one turn for all sockets.
 *
 * Nothing has to call `run` for things to run. The process stays alive while a timer is enabled.
 */
export class RealDispatcher extends BaseDispatcher {
  /** Kept as it is handed out, so that no copy of the number is made for who stores it; undefined = not asked for yet. */
  #nowMs: number | undefined = undefined;
  #woken = false;
  #timeout: NodeJS.Timeout | undefined = undefined;
  #armedForMs = Number.POSITIVE_INFINITY;
  #referenced = true;
  #pollDelayUs = 0;
  /** Opened for the first file event. */
  #files: FileWatcher | undefined = undefined;
  #iterations = 0;
  readonly #waiters = new Set<Waiter>();
  readonly #iterate = (): void => this.#runIteration();
  readonly #onTimeout = (): void => this.#runTimeout();

  constructor(name: string, timeSource: TimeSource = new RealTimeSource(), random: Random = new RealRandom()) {
    super(name, timeSource, random);
  }

  /** The clock as first asked for in this iteration. */
  approximateMonotonicTimeMs(): number {
    const knownMs = this.#nowMs;
    if (knownMs !== undefined) return knownMs;
    const nowMs = this.timeSource.monotonicTimeMs();
    this.#nowMs = nowMs;
    this.wake();
    return nowMs;
  }

  updateApproximateMonotonicTime(): void {
    this.#nowMs = undefined;
    this.approximateMonotonicTimeMs();
  }

  onTimersChanged(): void {
    this.wake();
  }

  listenForSignal(signal: NodeJS.Signals, callback: () => void): Disposable {
    process.on(signal, callback);
    return { [Symbol.dispose]: () => process.off(signal, callback) };
  }

  run(type: RunType): Promise<void> {
    const first = this.#iterations;
    this.wake();
    if (type === 'RunUntilExit')
      return this.#wait(
        () => false,
        setInterval(() => {}, longestDelayMs),
      );
    return this.#wait(type === 'Block' ? () => this.idle : () => this.#iterations > first, undefined);
  }

  exit(): void {
    for (const waiter of this.#waiters) waiter.leave();
  }

  override shutdown(): void {
    super.shutdown();
    this.#files?.[Symbol.dispose]();
    this.#files = undefined;
  }

  protected watchFile(...[fd, trigger, events, onReady]: Parameters<FileWatcher['watch']>): FileWatch {
    this.#files ??= FileWatcher.open();
    return this.#files.watch(fd, trigger, events, onReady);
  }

  protected wake(): void {
    if (this.#woken) return;
    this.#woken = true;
    setImmediate(this.#iterate);
  }

  #wait(isOver: () => boolean, keepAlive: NodeJS.Timeout | undefined): Promise<void> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        isOver,
        leave: () => {
          this.#waiters.delete(waiter);
          clearInterval(keepAlive);
          resolve();
        },
      };
      this.#waiters.add(waiter);
    });
  }

  #runTimeout(): void {
    this.#armedForMs = Number.POSITIVE_INFINITY;
    this.#timeout = undefined;
    this.updateApproximateMonotonicTime();
    const lateMs = this.approximateMonotonicTimeMs() - this.timers.nextDueMs();
    this.#pollDelayUs = Math.max(0, lateMs * 1000);
    this.runDueTimers();
  }

  #runIteration(): void {
    this.#iterations++;
    const startMs = this.#nowMs;
    try {
      this.runDueTimers();
      this.runActive();
    } finally {
      this.#woken = false;
      this.endIteration();
      this.#arm();
      this.#nowMs = undefined;
    }
    if (this.collectsStats && startMs !== undefined) {
      this.reportIteration((this.timeSource.monotonicTimeMs() - startMs) * 1000, this.#pollDelayUs);
      this.#pollDelayUs = 0;
    }
    for (const waiter of this.#waiters) if (waiter.isOver()) waiter.leave();
  }

  /** Sets the runtime's timer for the next expiry; a timer that is set too early is left to fire in vain. */
  #arm(): void {
    const nextMs = this.timers.nextDueMs();
    if (nextMs < this.#armedForMs) {
      clearTimeout(this.#timeout);
      const delayMs = Math.ceil(nextMs - this.timeSource.monotonicTimeMs());
      if (delayMs <= 0) {
        this.#timeout = undefined;
        this.#armedForMs = Number.POSITIVE_INFINITY;
        this.wake();
        return;
      }
      this.#timeout = setTimeout(this.#onTimeout, Math.min(delayMs, longestDelayMs));
      this.#armedForMs = nextMs;
      this.#referenced = true;
    }
    const wanted = this.timers.count > 0;
    if (this.#timeout === undefined || wanted === this.#referenced) return;
    this.#referenced = wanted;
    if (wanted) this.#timeout.ref();
    else this.#timeout.unref();
  }
}
