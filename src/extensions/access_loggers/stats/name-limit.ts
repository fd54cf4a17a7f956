import type { ServerFactoryContext, SharedCount, SharedNumber } from '../../../../sdk/extension.ts';

/** So many names and no more, of all threads; a name that one thread has may be had by the others. */
export class NameLimit {
  readonly #key: string;
  readonly #max: number;
  readonly #context: ServerFactoryContext;
  readonly #count: SharedCount;
  /** How many threads have each name, of those that this one has. */
  readonly #holders = new Map<string, SharedNumber>();

  constructor(key: string, max: number, context: ServerFactoryContext) {
    this.#key = key;
    this.#max = max;
    this.#context = context;
    this.#count = context.sharedCount(key);
  }

  /** A name that this thread does not have yet. */
  admit(name: string): boolean {
    const holders = this.#context.sharedNumber(`${this.#key} ${name}`);
    const isFirst = holders.value === 0;
    if (isFirst && this.#count.add(1) >= this.#max) {
      this.#count.add(-1);
      holders[Symbol.dispose]();
      return false;
    }
    // Another thread may have been the first meanwhile.
    if (change(holders, 1) !== 0 && isFirst) this.#count.add(-1);
    this.#holders.set(name, holders);
    return true;
  }

  /** This thread has it no longer. */
  leave(name: string): void {
    const holders = this.#holders.get(name);
    if (holders === undefined) return;
    if (change(holders, -1) === 1) this.#count.add(-1);
    this.#holders.delete(name);
    holders[Symbol.dispose]();
  }
}

/** Answers what it was before. */
function change(number: SharedNumber, by: number): number {
  let known = number.value;
  while (!number.replace(known, known + by)) known = number.value;
  return known;
}
