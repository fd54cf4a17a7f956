/**
 * Earliest deadline first: picks entries in proportion to their weights, each as evenly over time as can be
 * (Envoy's EdfScheduler).
 */

interface Entry<T> {
  value: T;
  deadline: number;
  /** Breaks ties: first in, first out. */
  order: number;
}

export class EdfScheduler<T> {
  readonly #heap: Entry<T>[] = [];
  #now = 0;
  #nextOrder = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** @param weight above 0 */
  add(value: T, weight: number): void {
    this.#push({ value, deadline: this.#now + 1 / weight, order: this.#nextOrder++ });
  }

  /** Takes the next entry and puts it back with the weight that `weightOf` gives it now. */
  pickAndAdd(weightOf: (value: T) => number): T | undefined {
    const top = this.#heap[0];
    if (top === undefined) return undefined;
    this.#now = top.deadline;
    const { value } = top;
    top.deadline = this.#now + 1 / weightOf(value);
    top.order = this.#nextOrder++;
    this.#sink(0);
    return value;
  }

  #push(entry: Entry<T>): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(entry);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(entry, heap[parent] as Entry<T>)) break;
      heap[at] = heap[parent] as Entry<T>;
      at = parent;
    }
    heap[at] = entry;
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const entry = heap[start] as Entry<T>;
    let at = start;
    for (let child = 2 * at + 1; child < heap.length; child = 2 * at + 1) {
      const right = child + 1;
      if (right < heap.length && before(heap[right] as Entry<T>, heap[child] as Entry<T>)) child = right;
      if (!before(heap[child] as Entry<T>, entry)) break;
      heap[at] = heap[child] as Entry<T>;
      at = child;
    }
    heap[at] = entry;
  }
}

function before<T>(a: Entry<T>, b: Entry<T>): boolean {
  return a.deadline < b.deadline || (a.deadline === b.deadline && a.order < b.order);
}
