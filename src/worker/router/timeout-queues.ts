import type { Dispatcher, Timer } from '../../../sdk/event.ts';

/** Somebody who may run out of time. */
export interface Expirable {
  onExpired(): void;
}

/** A place in a queue; made once by its owner. */
export class TimeoutEntry {
  readonly owner: Expirable;
  deadlineMs = 0;
  queue: TimeoutQueue | undefined = undefined;
  previous: TimeoutEntry | undefined = undefined;
  next: TimeoutEntry | undefined = undefined;

  constructor(owner: Expirable) {
    this.owner = owner;
  }

  cancel(): void {
    this.queue?.remove(this);
  }
}

/**
 * Timeouts of requests. Those that last equally long expire in the order in which they began: a list and one timer for
 * each length, so that a request arms and disarms its own without touching the dispatcher.
 */
export class TimeoutQueues {
  readonly #dispatcher: Dispatcher;
  readonly #queues = new Map<number, TimeoutQueue>();

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
  }

  /** Monotonic, as last read in this iteration of the loop. */
  nowMs(): number {
    return this.#dispatcher.approximateMonotonicTimeMs();
  }

  arm(entry: TimeoutEntry, timeoutMs: number): void {
    let queue = this.#queues.get(timeoutMs);
    if (queue === undefined) {
      queue = new TimeoutQueue(this.#dispatcher, timeoutMs, () => this.#queues.delete(timeoutMs));
      this.#queues.set(timeoutMs, queue);
    }
    queue.add(entry);
  }
}

export class TimeoutQueue {
  readonly #dispatcher: Dispatcher;
  readonly #timeoutMs: number;
  readonly #timer: Timer;
  readonly #onEmpty: () => void;
  #first: TimeoutEntry | undefined = undefined;
  #last: TimeoutEntry | undefined = undefined;

  constructor(dispatcher: Dispatcher, timeoutMs: number, onEmpty: () => void) {
    this.#dispatcher = dispatcher;
    this.#timeoutMs = timeoutMs;
    this.#onEmpty = onEmpty;
    this.#timer = dispatcher.createTimer(() => this.#onTimer());
  }

  add(entry: TimeoutEntry): void {
    entry.queue = this;
    entry.deadlineMs = this.#dispatcher.approximateMonotonicTimeMs() + this.#timeoutMs;
    entry.previous = this.#last;
    if (this.#last === undefined) this.#first = entry;
    else this.#last.next = entry;
    this.#last = entry;
    if (!this.#timer.enabled) this.#timer.enableTimer(this.#timeoutMs);
  }

  remove(entry: TimeoutEntry): void {
    const { previous, next } = entry;
    if (previous === undefined) this.#first = next;
    else previous.next = next;
    if (next === undefined) this.#last = previous;
    else next.previous = previous;
    entry.queue = undefined;
    entry.previous = undefined;
    entry.next = undefined;
  }

  #onTimer(): void {
    const nowMs = this.#dispatcher.timeSource.monotonicTimeMs();
    try {
      for (let entry = this.#first; entry !== undefined && entry.deadlineMs <= nowMs; entry = this.#first) {
        this.remove(entry);
        entry.owner.onExpired();
      }
    } finally {
      // One who throws does not keep the others waiting.
      this.#goOn(nowMs);
    }
  }

  #goOn(nowMs: number): void {
    if (this.#first !== undefined) {
      if (!this.#timer.enabled) this.#timer.enableTimer(Math.max(0, this.#first.deadlineMs - nowMs));
      return;
    }
    this.#timer[Symbol.dispose]();
    this.#onEmpty();
  }
}
