import type { Dispatcher, Timer } from '../../../sdk/event.ts';

/** Somebody who may run out of time, and its place in a queue: once at a time. */
export interface Expirable {
  expiresAtMs: number;
  /** Undefined while it has all the time. */
  timeoutQueue: TimeoutQueue | undefined;
  expiresAfter: Expirable | undefined;
  expiresBefore: Expirable | undefined;
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
    if (this.#queue?.timeoutMs !== timeoutMs) this.#queue = this.#queueOf(timeoutMs);
    this.#queue.add(who);
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
  #first: Expirable | undefined = undefined;
  #last: Expirable | undefined = undefined;

  constructor(dispatcher: Dispatcher, timeoutMs: number, onEmpty: (queue: TimeoutQueue) => void) {
    this.#dispatcher = dispatcher;
    this.timeoutMs = timeoutMs;
    this.#onEmpty = onEmpty;
    this.#timer = dispatcher.createTimer(() => this.#onTimer());
  }

  add(who: Expirable): void {
    who.timeoutQueue = this;
    who.expiresAtMs = this.#dispatcher.approximateMonotonicTimeMs() + this.timeoutMs;
    who.expiresAfter = this.#last;
    if (this.#last === undefined) this.#first = who;
    else this.#last.expiresBefore = who;
    this.#last = who;
    if (!this.#timer.enabled) this.#timer.enableTimer(this.timeoutMs);
  }

  remove(who: Expirable): void {
    const { expiresAfter, expiresBefore } = who;
    if (expiresAfter === undefined) this.#first = expiresBefore;
    else expiresAfter.expiresBefore = expiresBefore;
    if (expiresBefore === undefined) this.#last = expiresAfter;
    else expiresBefore.expiresAfter = expiresAfter;
    who.timeoutQueue = undefined;
    who.expiresAfter = undefined;
    who.expiresBefore = undefined;
  }

  #onTimer(): void {
    const nowMs = this.#dispatcher.timeSource.monotonicTimeMs();
    try {
      for (let who = this.#first; who !== undefined && who.expiresAtMs <= nowMs; who = this.#first) {
        this.remove(who);
        who.onExpired();
      }
    } finally {
      // One who throws does not keep the others waiting.
      this.#goOn(nowMs);
    }
  }

  #goOn(nowMs: number): void {
    if (this.#first !== undefined) {
      if (!this.#timer.enabled) this.#timer.enableTimer(Math.max(0, this.#first.expiresAtMs - nowMs));
      return;
    }
    this.#timer[Symbol.dispose]();
    this.#onEmpty(this);
  }
}
