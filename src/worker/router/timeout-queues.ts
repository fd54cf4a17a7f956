import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import { LinkedList, type ListNode } from '../../common/linked-list.ts';

/** Somebody who may run out of time, and its place in a queue: once at a time. */
export interface Expirable extends ListNode<Expirable> {
  expiresAtMs: number;
  /** Undefined while it has all the time. */
  timeoutQueue: TimeoutQueue | undefined;
  onExpired(): void;
}

/**
 * Timeouts of requests. Those that last equally long expire in the order in which they began: a list and one timer for
 * each length, so that a request arms and disarms its own without touching the dispatcher.
 */
export class TimeoutQueues {
  readonly #dispatcher: Dispatcher;
  readonly #queues = new Map<number, TimeoutQueue>();
  /** Asked for last: mostly the same again. */
  #queue: TimeoutQueue | undefined = undefined;

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  /** Monotonic, as last read in this iteration of the loop. */
  nowMs(): number {
    return this.#dispatcher.approximateMonotonicTimeMs();
  }

  arm(who: Expirable, timeoutMs: number): void {
    let queue = this.#queue;
    if (queue === undefined || queue.timeoutMs !== timeoutMs) {
      queue = this.#queueOf(timeoutMs);
      this.#queue = queue;
    }
    queue.add(who);
  }

  #queueOf(timeoutMs: number): TimeoutQueue {
    let queue = this.#queues.get(timeoutMs);
    if (queue === undefined) {
      queue = new TimeoutQueue(this.#dispatcher, timeoutMs, (empty) => this.#forget(empty));
      this.#queues.set(timeoutMs, queue);
    }
    return queue;
  }

  #forget(queue: TimeoutQueue): void {
    this.#queues.delete(queue.timeoutMs);
    if (this.#queue === queue) this.#queue = undefined;
  }
}

export class TimeoutQueue {
  readonly timeoutMs: number;
  readonly #dispatcher: Dispatcher;
  readonly #timer: Timer;
  readonly #onEmpty: (queue: TimeoutQueue) => void;
  readonly #waiting = new LinkedList<Expirable>();

  constructor(dispatcher: Dispatcher, timeoutMs: number, onEmpty: (queue: TimeoutQueue) => void) {
    this.#dispatcher = dispatcher;
    this.timeoutMs = timeoutMs;
    this.#onEmpty = onEmpty;
    this.#timer = dispatcher.createTimer(() => this.#onTimer());
  }

  add(who: Expirable): void {
    who.timeoutQueue = this;
    who.expiresAtMs = this.#dispatcher.approximateMonotonicTimeMs() + this.timeoutMs;
    this.#waiting.addLast(who);
    if (!this.#timer.enabled) this.#timer.enableTimer(this.timeoutMs);
  }

  remove(who: Expirable): void {
    this.#waiting.remove(who);
    who.timeoutQueue = undefined;
  }

  #onTimer(): void {
    const waiting = this.#waiting;
    const nowMs = this.#dispatcher.timeSource.monotonicTimeMs();
    try {
      for (let who = waiting.first; who !== undefined && who.expiresAtMs <= nowMs; who = waiting.first) {
        this.remove(who);
        who.onExpired();
      }
    } finally {
      // One who throws does not keep the others waiting.
      this.#goOn(nowMs);
    }
  }

  #goOn(nowMs: number): void {
    const { first } = this.#waiting;
    if (first !== undefined) {
      if (!this.#timer.enabled) this.#timer.enableTimer(Math.max(0, first.expiresAtMs - nowMs));
      return;
    }
    this.#timer[Symbol.dispose]();
    this.#onEmpty(this);
  }
}
