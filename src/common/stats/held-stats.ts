/** The statistics that a scope holds: a list while it is short, since scopes are many and most hold a few dozen. */
import type { ThreadStat } from './metrics.ts';

const LONGEST_LIST = 256;

export class HeldStats {
  #list: ThreadStat[] = [];
  #set: Set<ThreadStat> | undefined;

  /** False when it is held already. */
  add(stat: ThreadStat): boolean {
    // What no scope holds cannot be in the list: no search for what has just been made.
    if (stat.refs > 0 && (this.#set?.has(stat) ?? this.#list.includes(stat))) return false;
    if (this.#set !== undefined) {
      this.#set.add(stat);
      return true;
    }
    this.#list.push(stat);
    if (this.#list.length > LONGEST_LIST) {
      this.#set = new Set(this.#list);
      this.#list = [];
    }
    return true;
  }

  get all(): Iterable<ThreadStat> {
    return this.#set ?? this.#list;
  }
}
