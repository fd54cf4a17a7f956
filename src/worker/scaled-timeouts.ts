import type { ScaledTimeouts, ScaledTimer } from '../../sdk/extension.ts';
import { LinkedList, type ListNode } from '../common/linked-list.ts';
import { OVERLOAD_NAMES, type OverloadSnapshot, type TimerMinimum } from '../snapshot/overload.ts';

const REDUCE_TIMEOUTS = OVERLOAD_NAMES.indexOf('envoy.overload_actions.reduce_timeouts');

/**
 * Timeouts of a worker that the overload manager shortens (Envoy's ScaledRangeTimerManager): each waits as long as its
 * minimum, and then for as much of the rest as is left to it.
 */
export class WorkerScaledTimeouts implements ScaledTimeouts {
  readonly #values: Float64Array;
  readonly #minimums: ReadonlyMap<ScaledTimer, TimerMinimum>;
  readonly #watchers = new LinkedList<Watcher>();

  private constructor(values: SharedArrayBuffer, minimums: readonly TimerMinimum[]) {
    this.#values = new Float64Array(values);
    this.#minimums = new Map(minimums.map((minimum) => [minimum.timer, minimum]));
  }

  /** Undefined where no timeout is ever shortened. */
  static create(snapshot: OverloadSnapshot | undefined): WorkerScaledTimeouts | undefined {
    if (snapshot === undefined || snapshot.timerMinimums.length === 0) return undefined;
    return new WorkerScaledTimeouts(snapshot.values, snapshot.timerMinimums);
  }

  scale(timer: ScaledTimer, timeoutMs: number): number {
    const minimum = this.#minimums.get(timer);
    if (minimum === undefined) return timeoutMs;
    const shortest = minimum.kind === 'absolute' ? minimum.ms : timeoutMs * minimum.share;
    const overload = this.#values[REDUCE_TIMEOUTS] as number;
    return shortest >= timeoutMs ? timeoutMs : shortest + (1 - overload) * (timeoutMs - shortest);
  }

  watch(onChange: () => void): Disposable {
    const watcher: Watcher = { onChange, previous: undefined, next: undefined };
    this.#watchers.addLast(watcher);
    return { [Symbol.dispose]: () => this.#watchers.remove(watcher) };
  }

  /** Main says that they have become longer or shorter. */
  changed(): void {
    for (const { onChange } of this.#watchers.toArray()) onChange();
  }
}

interface Watcher extends ListNode<Watcher> {
  readonly onChange: () => void;
}
