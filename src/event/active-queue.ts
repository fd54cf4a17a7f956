import type { SchedulableCallback } from '../../sdk/event.ts';
import type { EventPriority } from './dispatcher.ts';

/** First in, first out; a callback leaves it in O(1) when cancelled. */
class CallbackList {
  head: QueuedCallback | undefined = undefined;
  tail: QueuedCallback | undefined = undefined;

  append(item: QueuedCallback): void {
    item.list = this;
    item.previous = this.tail;
    item.next = undefined;
    if (this.tail === undefined) this.head = item;
    else this.tail.next = item;
    this.tail = item;
  }

  unlink(item: QueuedCallback): void {
    if (item.previous === undefined) this.head = item.next;
    else item.previous.next = item.next;
    if (item.next === undefined) this.tail = item.previous;
    else item.next.previous = item.previous;
    item.list = undefined;
    item.previous = undefined;
    item.next = undefined;
  }
}

class QueuedCallback implements SchedulableCallback {
  readonly callback: () => void;
  readonly #queue: ActiveQueue;
  readonly priority: EventPriority;
  list: CallbackList | undefined = undefined;
  previous: QueuedCallback | undefined = undefined;
  next: QueuedCallback | undefined = undefined;

  constructor(queue: ActiveQueue, callback: () => void, priority: EventPriority) {
    this.#queue = queue;
    this.callback = callback;
    this.priority = priority;
  }

  get enabled(): boolean {
    return this.list !== undefined;
  }

  scheduleCallbackCurrentIteration(): void {
    this.#queue.schedule(this);
  }

  scheduleCallbackNextIteration(): void {
    if (this.list === undefined) this.#queue.scheduleNext(this);
  }

  cancel(): void {
    this.list?.unlink(this);
  }

  [Symbol.dispose](): void {
    this.cancel();
  }
}

/**
 * Callbacks to run in this iteration, by priority, and those for the next one. As in libevent, what is scheduled for
 * this iteration while it runs still runs in it, and a higher priority goes first at every step.
 */
export class ActiveQueue {
  readonly #high = new CallbackList();
  readonly #normal = new CallbackList();
  readonly #low = new CallbackList();
  readonly #nextIteration = new CallbackList();
  readonly #wake: () => void;

  /** @param wake asks the loop for a call of `run`. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  get empty(): boolean {
    return this.#first() === undefined && this.#nextIteration.head === undefined;
  }

  create(callback: () => void, priority: EventPriority = 'normal'): SchedulableCallback {
    return new QueuedCallback(this, callback, priority);
  }

  schedule(item: QueuedCallback): void {
    if (item.list === this.#nextIteration) item.cancel();
    else if (item.list !== undefined) return;
    this.#listOf(item.priority).append(item);
    this.#wake();
  }

  scheduleNext(item: QueuedCallback): void {
    this.#nextIteration.append(item);
    this.#wake();
  }

  /** Ends an iteration: what was put off becomes current. */
  endIteration(): void {
    if (this.#nextIteration.head === undefined) return;
    this.#wake();
    for (let item = this.#nextIteration.head; item !== undefined; item = this.#nextIteration.head) {
      this.#nextIteration.unlink(item);
      this.#listOf(item.priority).append(item);
    }
  }

  run(beforeEach: () => void): void {
    for (let item = this.#first(); item !== undefined; item = this.#first()) {
      item.cancel();
      beforeEach();
      item.callback();
    }
  }

  clear(): void {
    for (const list of [this.#high, this.#normal, this.#low, this.#nextIteration]) {
      while (list.head !== undefined) list.unlink(list.head);
    }
  }

  #first(): QueuedCallback | undefined {
    return this.#high.head ?? this.#normal.head ?? this.#low.head;
  }

  #listOf(priority: EventPriority): CallbackList {
    if (priority === 'normal') return this.#normal;
    return priority === 'high' ? this.#high : this.#low;
  }
}
