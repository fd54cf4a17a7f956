import type { Timer } from '../../sdk/event.ts';

/** Timers of one duration: each goes to the tail when enabled, so they stand in the order in which they expire. */
class TimerList {
  readonly durationMs: number;
  head: QueuedTimer | undefined = undefined;
  tail: QueuedTimer | undefined = undefined;
  /** No later than the first timer's; settled when the list comes to the top of the heap. */
  expiryMs = 0;
  /** Place in the heap; -1 when the list was given up. */
  position = -1;

  constructor(durationMs: number) {
    this.durationMs = durationMs;
  }

  append(timer: QueuedTimer): void {
    timer.previous = this.tail;
    timer.next = undefined;
    if (this.tail === undefined) this.head = timer;
    else this.tail.next = timer;
    this.tail = timer;
  }

  unlink(timer: QueuedTimer): void {
    if (timer.previous === undefined) this.head = timer.next;
    else timer.previous.next = timer.next;
    if (timer.next === undefined) this.tail = timer.previous;
    else timer.next.previous = timer.previous;
    timer.previous = undefined;
    timer.next = undefined;
  }
}

class QueuedTimer implements Timer {
  readonly callback: () => void;
  readonly #queue: TimerQueue;
  previous: QueuedTimer | undefined = undefined;
  next: QueuedTimer | undefined = undefined;
  expiryMs = 0;
  /** The list that it stands in, when enabled. */
  list: TimerList | undefined = undefined;
  /** The list of its last duration: most timers are enabled with the same one again and again. */
  lastList: TimerList | undefined = undefined;

  constructor(queue: TimerQueue, callback: () => void) {
    this.#queue = queue;
    this.callback = callback;
  }

  get enabled(): boolean {
    return this.list !== undefined;
  }

  enableTimer(ms: number): void {
    this.#queue.enable(this, ms);
  }

  disableTimer(): void {
    if (this.list !== undefined) this.#queue.disable(this);
  }

  [Symbol.dispose](): void {
    this.disableTimer();
  }
}

/** What the queue needs of the loop that it belongs to. */
export interface TimerQueueHost {
  approximateMonotonicTimeMs(): number;
  /** The earliest expiry came nearer, or there are timers where none were, or none where some were. */
  onTimersChanged(): void;
}

/**
 * Timers in lists by duration, the lists in a heap by their first expiry. A proxy has thousands of timers but few
 * durations, so enabling and disabling touch a list and, mostly, nothing else. Durations are whole milliseconds,
 * rounded up.
 */
export class TimerQueue {
  readonly #host: TimerQueueHost;
  readonly #lists = new Map<number, TimerList>();
  readonly #heap: TimerList[] = [];
  readonly #firing = new TimerList(-1);
  #count = 0;

  constructor(host: TimerQueueHost) {
    this.#host = host;
  }

  /** Enabled timers. */
  get count(): number {
    return this.#count;
  }

  create(callback: () => void): Timer {
    return new QueuedTimer(this, callback);
  }

  /** When the next timer expires; Infinity when none is enabled. */
  nextExpiryMs(): number {
    this.#settleTop();
    const top = this.#heap[0];
    return top === undefined ? Number.POSITIVE_INFINITY : top.expiryMs;
  }

  enable(timer: QueuedTimer, ms: number): void {
    const durationMs = ms > 0 ? Math.ceil(ms) : 0;
    const wasEnabled = timer.list !== undefined;
    if (timer.list !== undefined) timer.list.unlink(timer);
    let list = timer.lastList;
    if (list === undefined || list.durationMs !== durationMs || list.position < 0) {
      list = this.#listOf(durationMs);
      timer.lastList = list;
    }
    timer.list = list;
    timer.expiryMs = this.#host.approximateMonotonicTimeMs() + durationMs;
    list.append(timer);
    if (!wasEnabled) this.#count++;
    if (list.position < 0) {
      this.#insert(list, timer.expiryMs);
      if (list.position === 0) this.#host.onTimersChanged();
    } else if (!wasEnabled && this.#count === 1) {
      this.#host.onTimersChanged();
    }
  }

  disable(timer: QueuedTimer): void {
    timer.list?.unlink(timer);
    timer.list = undefined;
    if (--this.#count === 0) this.#host.onTimersChanged();
  }

  /** Runs what has expired at `nowMs`, earliest first. Timers enabled meanwhile wait for the next call. */
  runDue(nowMs: number, beforeEach: () => void): void {
    for (let top = this.#heap[0]; top !== undefined && top.expiryMs <= nowMs; top = this.#heap[0]) {
      const timer = top.head;
      if (timer !== undefined && timer.expiryMs <= nowMs) {
        top.unlink(timer);
        timer.list = this.#firing;
        this.#firing.append(timer);
      }
      this.#settleTop();
    }
    for (let timer = this.#firing.head; timer !== undefined; timer = this.#firing.head) {
      this.#firing.unlink(timer);
      timer.list = undefined;
      if (--this.#count === 0) this.#host.onTimersChanged();
      beforeEach();
      timer.callback();
    }
  }

  /** Disables every timer. */
  clear(): void {
    for (const list of [...this.#heap, this.#firing]) {
      while (list.head !== undefined) this.disable(list.head);
    }
  }

  #listOf(durationMs: number): TimerList {
    let list = this.#lists.get(durationMs);
    if (list === undefined) {
      list = new TimerList(durationMs);
      this.#lists.set(durationMs, list);
    }
    return list;
  }

  /** Makes the top list's expiry exact, and gives up lists that are empty. */
  #settleTop(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (top.head === undefined) this.#removeTop();
      else if (top.head.expiryMs > top.expiryMs) this.#lower(top, top.head.expiryMs);
      else return;
    }
  }

  #insert(list: TimerList, expiryMs: number): void {
    list.expiryMs = expiryMs;
    list.position = this.#heap.push(list) - 1;
    while (list.position > 0) {
      const parent = this.#heap[(list.position - 1) >> 1] as TimerList;
      if (parent.expiryMs <= expiryMs) break;
      this.#swap(parent, list);
    }
  }

  #removeTop(): void {
    const top = this.#heap[0] as TimerList;
    const last = this.#heap.pop() as TimerList;
    if (last !== top) {
      this.#heap[0] = last;
      last.position = 0;
      this.#lower(last, last.expiryMs);
    }
    top.position = -1;
    this.#lists.delete(top.durationMs);
  }

  #lower(list: TimerList, expiryMs: number): void {
    list.expiryMs = expiryMs;
    for (;;) {
      const left = this.#heap[2 * list.position + 1];
      const right = this.#heap[2 * list.position + 2];
      const child = right !== undefined && left !== undefined && right.expiryMs < left.expiryMs ? right : left;
      if (child === undefined || child.expiryMs >= expiryMs) return;
      this.#swap(list, child);
    }
  }

  #swap(a: TimerList, b: TimerList): void {
    const position = a.position;
    a.position = b.position;
    b.position = position;
    this.#heap[a.position] = a;
    this.#heap[b.position] = b;
  }
}
