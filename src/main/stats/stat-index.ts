/** Statistics by name, the part before the last dot kept once for all that share it. */
export interface NamedStat {
  readonly prefix: string;
  readonly suffix: string;
}

/** Statistics that share the part of the name before the last dot. */
export interface StatNode<S> {
  readonly prefix: string;
  readonly stats: Iterable<S>;
}

export class StatIndex<S extends NamedStat> {
  readonly #nodes = new Map<string, Map<string, S>>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  get(prefix: string, suffix: string): S | undefined {
    return this.#nodes.get(prefix)?.get(suffix);
  }

  add(stat: S): void {
    let node = this.#nodes.get(stat.prefix);
    if (node === undefined) {
      node = new Map();
      this.#nodes.set(stat.prefix, node);
    }
    if (!node.has(stat.suffix)) this.#size++;
    node.set(stat.suffix, stat);
  }

  delete(stat: S): void {
    const node = this.#nodes.get(stat.prefix);
    if (node === undefined || !node.delete(stat.suffix)) return;
    this.#size--;
    if (node.size === 0) this.#nodes.delete(stat.prefix);
  }

  *nodes(): Iterable<StatNode<S>> {
    for (const [prefix, node] of this.#nodes) yield { prefix, stats: node.values() };
  }

  *[Symbol.iterator](): IterableIterator<S> {
    for (const node of this.#nodes.values()) yield* node.values();
  }
}
