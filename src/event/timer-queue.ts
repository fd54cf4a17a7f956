import type { Timer } from '../../sdk/event.ts';

/** Timers of one duration: each goes to the tail when it comes, so they stand in the order in which they are due. */
class TimerList {
  readonly durationMs: number;
  head: QueuedTimer | undefined = undefined;
  tail: QueuedTimer | undefined = undefined;
  /** No later than the first timer's; settled when the list comes to the top of the heap. */
  dueMs = 0;
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

  /** Where it belongs by its expiry, which is mostly at the tail. */
  insert(timer: QueuedTimer): void {
    let before = this.tail;
    while (before !== undefined && before.expiryMs > timer.expiryMs) before = before.previous;
    if (before === this.tail) {
      this.append(timer);
      return;
    }
    const after = before === undefined ? this.head : before.next;
    timer.previous = before;
    timer.next = after;
    if (before === undefined) this.head = timer;
    else before.next = timer;
    if (after !== undefined) after.previous = timer;
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
  /** When the queue looks at it: its expiry, or that of an earlier time when it was enabled. */
  dueMs = 0;
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
 * Timers in lists by duration, the lists in a heap by when their first is due. A proxy has thousands of timers but few
 * durations, so enabling and disabling touch a list and, mostly, nothing else. One that is enabled again before it is due, as idle
 * timeouts are with each byte, stays where it is, so that its neighbours need not come into the cache: once it is due there, it
 * moves to the list of what is left. Durations are whole milliseconds, rounded up.
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

  /** When there is something to do next, no later than the first expiry; Infinity when no timer is enabled. */
  nextDueMs(): number {
    this.#settleTop();
    const top = this.#heap[0];
    return top === undefined ? Number.POSITIVE_INFINITY : top.dueMs;
  }

  enable(timer: QueuedTimer, ms: number): void {
    const durationMs = ms > 0 ? Math.ceil(ms) : 0;
    const expiryMs = this.#host.approximateMonotonicTimeMs() + durationMs;
    const { list } = timer;
    if (list !== undefined && list.durationMs === durationMs && expiryMs >= timer.dueMs) {
      timer.expiryMs = expiryMs;
      return;
    }
    list?.unlink(timer);
    timer.expiryMs = expiryMs;
    const isNext = this.#join(timer, this.#usualList(timer, durationMs));
    const isFirst = list === undefined && ++this.#count === 1;
    if (isNext || isFirst) this.#host.onTimersChanged();
  }

  disable(timer: QueuedTimer): void {
    timer.list?.unlink(timer);
    timer.list = undefined;
    if (--this.#count === 0) this.#host.onTimersChanged();
  }

  /** Runs what has expired at `nowMs`, earliest first. Timers enabled meanwhile wait for the next call. */
  runDue(nowMs: number, beforeEach: () => void): void {
    for (let top = this.#heap[0]; top !== undefined && top.dueMs <= nowMs; top = this.#heap[0]) {
      const timer = top.head;
      if (timer !== undefined && timer.dueMs <= nowMs) {
        top.unlink(timer);
        if (timer.expiryMs > nowMs) this.#defer(timer, nowMs);
        else this.#fire(timer);
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

  #fire(timer: QueuedTimer): void {
    timer.list = this.#firing;
    this.#firing.insert(timer);
  }

  /** It was enabled again since it joined its list. */
  #defer(timer: QueuedTimer, nowMs: number): void {
    const leftMs = Math.ceil(timer.expiryMs - nowMs);
    timer.expiryMs = nowMs + leftMs;
    this.#join(timer, this.#listOf(leftMs));
  }

  #usualList(timer: QueuedTimer, durationMs: number): TimerList {
    const { lastList } = timer;
    if (lastList !== undefined && lastList.durationMs === durationMs && lastList.position >= 0) return lastList;
    const list = this.#listOf(durationMs);
    timer.lastList = list;
    return list;
  }

  /** Answers whether the list is now the one that is due next, and was not. */
  #join(timer: QueuedTimer, list: TimerList): boolean {
    timer.list = list;
    timer.dueMs = timer.expiryMs;
    list.append(timer);
    if (list.position >= 0) return false;
    this.#insert(list, timer.dueMs);
    return list.position === 0;
  }

  #listOf(durationMs: number): TimerList {
    let list = this.#lists.get(durationMs);
    if (list === undefined) {
      list = new TimerList(durationMs);
      this.#lists.set(durationMs, list);
    }
    return list;
  }

  /** Makes the time of the top list exact, and gives up lists that are empty. */
  #settleTop(): void {
    for (let top = this.#heap[0]; top !== undefined; top = this.#heap[0]) {
      if (top.head === undefined) this.#removeTop();
      else if (top.head.dueMs > top.dueMs) this.#lower(top, top.head.dueMs);
      else return;
    }
  }

  #insert(list: TimerList, dueMs: number): void {
    list.dueMs = dueMs;
    list.position = this.#heap.push(list) - 1;
    while (list.position > 0) {
      const parent = this.#heap[(list.position - 1) >> 1] as TimerList;
      if (parent.dueMs <= dueMs) break;
      this.#swap(parent, list);
    }
  }

  #removeTop(): void {
    const top = this.#heap[0] as TimerList;
    const last = this.#heap.pop() as TimerList;
    if (last !== top) {
      this.#heap[0] = last;
      last.position = 0;
      this.#lower(last, last.dueMs);
    }
    top.position = -1;
    this.#lists.delete(top.durationMs);
  }

  #lower(list: TimerList, dueMs: number): void {
    list.dueMs = dueMs;
    for (;;) {
      const left = this.#heap[2 * list.position + 1];
      const right = this.#heap[2 * list.position + 2];
      const child = right !== undefined && left !== undefined && right.dueMs < left.dueMs ? right : left;
      if (child === undefined || child.dueMs >= dueMs) return;
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
