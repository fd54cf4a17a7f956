import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { ClusterManagerStats } from './cluster-manager-stats.ts';

interface PendingUpdate {
  lastMs: number;
  timer: Timer | undefined;
}

/**
 * Holds back updates of a cluster that change nobody's membership: within a window (`update_merge_window`) after one they
 * go out together, at its end.
 */
export class UpdateMerger implements Disposable {
  readonly #dispatcher: Dispatcher;
  readonly #stats: ClusterManagerStats;
  readonly #windowMs: number;
  readonly #publish: () => void;
  /** By priority. */
  readonly #pending = new Map<number, PendingUpdate>();

  /** @param windowMs 0 = nothing is held back */
  constructor(dispatcher: Dispatcher, stats: ClusterManagerStats, windowMs: number, publish: () => void) {
    this.#dispatcher = dispatcher;
    this.#stats = stats;
    this.#windowMs = windowMs;
    this.#publish = publish;
  }

  /** True: it will go out later. False: now, and the caller does it. */
  schedule(priority: number, isMergeable: boolean): boolean {
    if (this.#windowMs === 0) return false;
    const pending = this.#pendingOf(priority);
    const nowMs = this.#dispatcher.timeSource.monotonicTimeMs();
    const isOutOfWindow = nowMs - pending.lastMs > this.#windowMs;
    if (isMergeable && !isOutOfWindow) {
      if (pending.timer?.enabled !== true) this.#arm(pending);
      return true;
    }
    if (isMergeable) this.#stats.updateOutOfMergeWindow.inc();
    if (pending.timer?.enabled === true) {
      pending.timer.disableTimer();
      this.#stats.updateMergeCancelled.inc();
    }
    pending.lastMs = nowMs;
    return false;
  }

  [Symbol.dispose](): void {
    for (const { timer } of this.#pending.values()) timer?.[Symbol.dispose]();
    this.#pending.clear();
  }

  #pendingOf(priority: number): PendingUpdate {
    const known = this.#pending.get(priority);
    if (known !== undefined) return known;
    const pending = { lastMs: Number.NEGATIVE_INFINITY, timer: undefined };
    this.#pending.set(priority, pending);
    return pending;
  }

  #arm(pending: PendingUpdate): void {
    pending.timer ??= this.#dispatcher.createTimer(() => {
      this.#stats.updatedViaMerge.inc();
      pending.lastMs = this.#dispatcher.timeSource.monotonicTimeMs();
      this.#publish();
    });
    pending.timer.enableTimer(this.#windowMs);
  }
}
