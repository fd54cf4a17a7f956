/** Names of statistics that were looked up lately, and how often (source/common/stats/recent_lookups.h). */

/** As many names are remembered. */
const CAPACITY = 100;

/**
 * Here a name is looked up when a thread makes a statistic of it: later ones go by the statistic itself. What is made while
 * requests are served (by status code, above all) is thereby told.
 */
export class RecentLookups {
  /** The oldest first. */
  readonly #counts = new Map<string, number>();
  #enabled = false;
  #total = 0;

  /** Of all lookups, remembered or not, since the last clear(). */
  get total(): number {
    return this.#total;
  }

  get enabled(): boolean {
    return this.#enabled;
  }

  set enabled(enabled: boolean) {
    this.#enabled = enabled;
    if (!enabled) this.#counts.clear();
  }

  /** The name is `prefix + suffix`. */
  lookup(prefix: string, suffix: string): void {
    this.#total++;
    if (!this.#enabled) return;
    const name = prefix + suffix;
    const count = this.#counts.get(name) ?? 0;
    this.#counts.delete(name);
    this.#counts.set(name, count + 1);
    if (this.#counts.size <= CAPACITY) return;
    for (const oldest of this.#counts.keys()) {
      this.#counts.delete(oldest);
      return;
    }
  }

  clear(): void {
    this.#counts.clear();
    this.#total = 0;
  }

  /** Those looked up most often last, equally often ones by name. */
  entries(): readonly (readonly [string, number])[] {
    return [...this.#counts].sort(([a, counted], [b, other]) => counted - other || (a < b ? -1 : 1));
  }
}
