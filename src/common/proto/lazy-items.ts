/** The items of a list that are made when they are asked for, once: for what is written piece by piece. */
export class LazyItems<T> implements Iterable<T> {
  readonly #items: Iterable<T>;

  constructor(items: Iterable<T>) {
    this.#items = items;
  }

  /** Undefined when there is none, as an empty list field is absent. */
  static ofSome<T>(items: Iterable<T>): LazyItems<T> | undefined {
    const iterator = items[Symbol.iterator]();
    const first = iterator.next();
    return first.done === true ? undefined : new LazyItems(continued(first.value, iterator));
  }

  /** What `make` makes of each. */
  static of<S, T>(sources: Iterable<S>, make: (source: S) => T): LazyItems<T> {
    return new LazyItems(mapped(sources, make));
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items[Symbol.iterator]();
  }

  /** For JSON.stringify: all of them at once. */
  toJSON(): T[] {
    return [...this];
  }
}

function* continued<T>(first: T, rest: Iterator<T>): Iterable<T> {
  yield first;
  for (let next = rest.next(); next.done !== true; next = rest.next()) yield next.value;
}

function* mapped<S, T>(sources: Iterable<S>, make: (source: S) => T): Iterable<T> {
  for (const source of sources) yield make(source);
}
