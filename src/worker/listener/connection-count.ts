/** Connections of all threads (src/snapshot/connection-counts.ts), of which one counts its own here. */
export class ConnectionCount {
  readonly #counts: Int32Array;
  readonly #own: number;

  /** What a thread before this one counted in its place is forgotten. @param worker its index; -1 for main */
  constructor(memory: SharedArrayBuffer, worker: number) {
    this.#counts = new Int32Array(memory);
    this.#own = worker < 0 ? this.#counts.length - 1 : worker;
    Atomics.store(this.#counts, this.#own, 0);
  }

  get total(): number {
    let total = 0;
    for (let i = 0; i < this.#counts.length; i++) total += Atomics.load(this.#counts, i);
    return total;
  }

  inc(): void {
    Atomics.add(this.#counts, this.#own, 1);
  }

  dec(): void {
    Atomics.sub(this.#counts, this.#own, 1);
  }
}
