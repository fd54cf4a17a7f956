import type { Host } from '../../../../sdk/upstream.ts';
import { xxHash64 } from '../../../common/hash/xxhash64.ts';
import { hashKeyOf, type WeightedHost } from '../../../common/load-balancer/hash-weights.ts';
import type { HashTable } from '../../../common/load-balancer/hashing-load-balancer.ts';

export interface MaglevFigures {
  readonly minEntriesPerHost: number;
  readonly maxEntriesPerHost: number;
}

interface Entry {
  readonly host: Host;
  readonly offset: number;
  readonly skip: number;
  readonly weight: number;
  target: number;
  next: number;
  count: number;
}

const FREE = 0xffff_ffff;
const ALL_ONES = 0xffff_ffff_ffff_ffffn;

/** The table of https://research.google/pubs/pub44824/ (section 3.4): each host takes free places in an order of its own. */
export class MaglevTable implements HashTable {
  readonly #hosts: readonly Host[];
  /** Indices of hosts. */
  readonly #table: Uint32Array;
  readonly #size: bigint;
  readonly figures: MaglevFigures;

  /** @param size a prime */
  constructor(weighted: readonly WeightedHost[], size: number, usesHostname: boolean) {
    const keyed = weighted.map((each) => ({ ...each, key: hashKeyOf(each.host, usesHostname) }));
    keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : a.weight - b.weight));
    const entries = keyed.map(({ key, host, weight }) => entryOf(key, host, weight, size));
    this.#hosts = entries.map(({ host }) => host);
    this.#size = BigInt(size);
    this.#table = fill(entries, size);
    const counts = entries.map(({ count }) => count);
    // Of a host alone Envoy makes no table.
    this.figures =
      counts.length === 1
        ? { minEntriesPerHost: 1, maxEntriesPerHost: 1 }
        : { minEntriesPerHost: Math.min(size, ...counts), maxEntriesPerHost: Math.max(0, ...counts) };
  }

  /** Another attempt changes as many bits of the hash as can be. */
  chooseHost(hash: bigint, attempt: number): Host | undefined {
    const changed = attempt === 0 ? hash : hash ^ (ALL_ONES - BigInt(attempt) + 1n);
    return this.#hosts[this.#table[Number(changed % this.#size)] as number];
  }
}

function entryOf(key: string, host: Host, weight: number, size: number): Entry {
  const offset = Number(xxHash64(key) % BigInt(size));
  const skip = Number(xxHash64(key, 1n) % BigInt(size - 1)) + 1;
  return { host, offset, skip, weight, target: 0, next: 0, count: 0 };
}

/** Hosts take turns; one of a third of the greatest weight takes one place in three turns. */
function fill(entries: readonly Entry[], size: number): Uint32Array {
  const table = new Uint32Array(size).fill(FREE);
  const maxWeight = entries.reduce((max, { weight }) => Math.max(max, weight), 0);
  let filled = 0;
  for (let turn = 1; filled < size; turn++) {
    for (let i = 0; i < entries.length && filled < size; i++) {
      const entry = entries[i] as Entry;
      if (turn * entry.weight < entry.target) continue;
      entry.target += maxWeight;
      let place = (entry.offset + entry.skip * entry.next) % size;
      while (table[place] !== FREE) {
        entry.next++;
        place = (entry.offset + entry.skip * entry.next) % size;
      }
      table[place] = i;
      entry.next++;
      entry.count++;
      filled++;
    }
  }
  return table;
}
