import type { Host } from '../../../../sdk/upstream.ts';
import { murmurHash2 } from '../../../common/hash/murmur-hash2.ts';
import { xxHash64 } from '../../../common/hash/xxhash64.ts';
import { hashKeyOf, type WeightedHost } from '../../../common/load-balancer/hash-weights.ts';
import type { HashTable } from '../../../common/load-balancer/hashing-load-balancer.ts';

export interface RingOptions {
  readonly minimumSize: number;
  readonly maximumSize: number;
  readonly hashFunction: 'xxHash64' | 'murmurHash2';
  readonly usesHostname: boolean;
}

/** What is told of a ring. */
export interface RingFigures {
  readonly size: number;
  readonly minHashesPerHost: number;
  readonly maxHashesPerHost: number;
}

/** Ketama: every host stands at many places of a ring; a hash belongs to the next place from it on. */
export class Ring implements HashTable {
  /** In ascending order, with the hosts at the same indices. */
  readonly #hashes: BigUint64Array;
  readonly #hosts: readonly Host[];
  readonly figures: RingFigures;

  constructor(weighted: readonly WeightedHost[], options: RingOptions) {
    const minWeight = weighted.reduce((min, { weight }) => Math.min(min, weight), 1);
    // The lightest host gets a whole number of places.
    const scale = Math.min(Math.ceil(minWeight * options.minimumSize) / minWeight, options.maximumSize);
    const places: { readonly hash: bigint; readonly host: Host }[] = [];
    const size = Math.ceil(scale);
    let [min, max, target] = [size, 0, 0];
    for (const { host, weight } of weighted) {
      target += scale * weight;
      const key = hashKeyOf(host, options.usesHostname);
      let count = 0;
      for (; places.length < target; count++) places.push({ hash: hashOf(`${key}_${count}`, options), host });
      min = Math.min(min, count);
      max = Math.max(max, count);
    }
    places.sort((a, b) => (a.hash < b.hash ? -1 : a.hash > b.hash ? 1 : 0));
    this.#hashes = BigUint64Array.from(places, ({ hash }) => hash);
    this.#hosts = places.map(({ host }) => host);
    this.figures = { size, minHashesPerHost: min, maxHashesPerHost: max };
  }

  chooseHost(hash: bigint, attempt: number): Host | undefined {
    const { length } = this.#hosts;
    if (length === 0) return undefined;
    let [low, high] = [0, length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#hashes[middle] as bigint) < hash) low = middle + 1;
      else high = middle;
    }
    return this.#hosts[(low + attempt) % length];
  }
}

function hashOf(text: string, { hashFunction }: RingOptions): bigint {
  return hashFunction === 'xxHash64' ? xxHash64(text) : murmurHash2(text);
}
