/** Connections of all threads (src/snapshot/connection-counts.ts), of which one counts its own here. */
export class ConnectionCount {
  readonly #counts: Int32Array;
  readonly #threads: number;
  readonly #own: number;
  /** Other threads may write here, too; once they may, for good. */
  #isShared = false;

  /** What a thread before this one counted in its place is forgotten. @param worker its index; -1 for main */
  constructor(memory: SharedArrayBuffer, worker: number) {
    this.#counts = new Int32Array(memory);
    this.#threads = this.#counts.length / 2;
    this.#own = worker < 0 ? this.#threads - 1 : worker;
    Atomics.store(this.#counts, this.#own, 0);
  }

  get total(): number {
    let total = 0;
    for (let i = 0; i < this.#threads; i++) total += Atomics.load(this.#counts, i);
    return total;
  }

  /** Whether there are as many as a limit allows; the counts of all threads are looked at only where there is one. */
  reaches(limit: number): boolean {
    return limit !== Number.POSITIVE_INFINITY && this.total >= limit;
  }

  inc(): void {
    if (this.#isShared) Atomics.add(this.#counts, this.#own, 1);
    else (this.#counts[this.#own] as number)++;
  }

  dec(): void {
    if (this.#isShared) Atomics.sub(this.#counts, this.#own, 1);
    else (this.#counts[this.#own] as number)--;
  }

  /** Whether this thread takes connections of others from now on. */
  takePart(part: boolean): void {
    this.#isShared ||= part;
    Atomics.store(this.#counts, this.#threads + this.#own, part ? 1 : 0);
  }

  /**
   * Books one of our connections, which is counted here, on the thread that has the fewest without it, the first of several;
   * answers which. Undefined: it stays.
   */
  moveToFewest(): number | undefined {
    for (;;) {
      const { thread, count } = this.#fewest();
      if (thread === this.#own) return undefined;
      if (Atomics.compareExchange(this.#counts, thread, count, count + 1) !== count) continue;
      this.dec();
      return thread;
    }
  }

  /** Takes back what `moveToFewest` booked on another thread. */
  moveBack(thread: number): void {
    Atomics.sub(this.#counts, thread, 1);
    this.inc();
  }

  #fewest(): { readonly thread: number; readonly count: number } {
    let thread = this.#own;
    let count = Number.POSITIVE_INFINITY;
    for (let i = 0; i < this.#threads; i++) {
      const isOwn = i === this.#own;
      if (!isOwn && Atomics.load(this.#counts, this.#threads + i) === 0) continue;
      const connections = Atomics.load(this.#counts, i) - (isOwn ? 1 : 0);
      if (connections >= count) continue;
      thread = i;
      count = connections;
    }
    return { thread, count };
  }
}
