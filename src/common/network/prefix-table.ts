import type { CidrRange } from './cidr.ts';
import type { IpWords } from './ip.ts';

interface Entry<T> {
  readonly range: CidrRange;
  readonly value: T;
  /** The narrowest other range that holds this one. */
  parent: Entry<T> | undefined;
}

function compareWords(a: IpWords, b: IpWords): number {
  for (let i = 0; i < a.length; i++) {
    const difference = (a[i] as number) - (b[i] as number);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Ranges of one IP version, sorted by their first address; outer ones before those that they hold. */
class Family<T> {
  readonly #entries: readonly Entry<T>[];

  constructor(items: readonly (readonly [CidrRange, T])[]) {
    this.#entries = items
      .map(([range, value]): Entry<T> => ({ range, value, parent: undefined }))
      .sort((a, b) => compareWords(a.range.words, b.range.words) || a.range.bits - b.range.bits);
    let last: Entry<T> | undefined;
    for (const entry of this.#entries) {
      while (last !== undefined && !last.range.contains(entry.range.words)) last = last.parent;
      entry.parent = last;
      last = entry;
    }
  }

  /** The narrowest range that holds the address; the wider ones are its parents. */
  find(words: IpWords): Entry<T> | undefined {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareWords((this.#entries[middle] as Entry<T>).range.words, words) <= 0) low = middle + 1;
      else high = middle;
    }
    let entry = this.#entries[low - 1];
    while (entry !== undefined && !entry.range.contains(words)) entry = entry.parent;
    return entry;
  }
}

/**
 * Values by address prefix. A look-up is a binary search, then steps outwards through the ranges around: as many as
 * they are nested.
 */
export class PrefixTable<T> {
  readonly #v4: Family<T>;
  readonly #v6: Family<T>;

  constructor(items: readonly (readonly [CidrRange, T])[]) {
    this.#v4 = new Family(items.filter(([range]) => range.ipVersion === 4));
    this.#v6 = new Family(items.filter(([range]) => range.ipVersion === 6));
  }

  /** The value of the longest prefix that holds the address; of equal prefixes, the last one given. */
  longest(words: IpWords): T | undefined {
    return this.#find(words)?.value;
  }

  has(words: IpWords): boolean {
    return this.#find(words) !== undefined;
  }

  /** The values of all prefixes that hold the address, longest first. */
  all(words: IpWords): T[] {
    const values: T[] = [];
    for (let entry = this.#find(words); entry !== undefined; entry = entry.parent) values.push(entry.value);
    return values;
  }

  #find(words: IpWords): Entry<T> | undefined {
    return (words.length === 1 ? this.#v4 : this.#v6).find(words);
  }
}
