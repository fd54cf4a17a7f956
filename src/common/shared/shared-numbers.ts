import type { SharedNumber } from '../../../sdk/extension.ts';
import { toByteText } from '../formatter/byte-text.ts';
import { xxHash64 } from '../hash/xxhash64.ts';

/** So many keys have a number of all threads; those that come later have one of their thread. */
const PLACES = 8192;
/** Places from a key's own on in which it may stand. */
const REACH = 16;
const LOCK_BYTES = 8;
const SPINS = 100_000;

/** Memory for numbers that threads share by a key. */
export function createSharedNumbers(): SharedArrayBuffer {
  return new SharedArrayBuffer(LOCK_BYTES + PLACES * 3 * BigInt64Array.BYTES_PER_ELEMENT);
}

/** Finds numbers by key, and gives their places back when the last thread has done with them. */
export class SharedNumbers {
  readonly #lock: Int32Array;
  readonly #keys: BigInt64Array;
  readonly #values: BigInt64Array;
  readonly #holders: BigInt64Array;

  constructor(memory: SharedArrayBuffer) {
    const column = (index: number) =>
      new BigInt64Array(memory, LOCK_BYTES + index * PLACES * BigInt64Array.BYTES_PER_ELEMENT, PLACES);
    this.#lock = new Int32Array(memory, 0, 1);
    this.#keys = column(0);
    this.#values = column(1);
    this.#holders = column(2);
  }

  /** 0 at first. */
  acquire(key: string): SharedNumber {
    const hash = BigInt.asIntN(64, xxHash64(toByteText(key))) || 1n;
    const place = this.#locked(() => this.#take(hash));
    if (place === undefined) return new AtomicNumber(new BigInt64Array(1), 0, () => {});
    return new AtomicNumber(this.#values, place, () => this.#locked(() => this.#leave(place)));
  }

  #take(hash: bigint): number | undefined {
    const first = Number(BigInt.asUintN(64, hash) % BigInt(PLACES));
    let free: number | undefined;
    for (let i = 0; i < REACH; i++) {
      const place = (first + i) % PLACES;
      const known = this.#keys[place] as bigint;
      if (known === hash) {
        (this.#holders[place] as bigint) += 1n;
        return place;
      }
      if (known === 0n) free ??= place;
    }
    if (free === undefined) return undefined;
    this.#keys[free] = hash;
    this.#values[free] = 0n;
    this.#holders[free] = 1n;
    return free;
  }

  #leave(place: number): void {
    (this.#holders[place] as bigint) -= 1n;
    if (this.#holders[place] === 0n) this.#keys[place] = 0n;
  }

  /** Undefined when another thread holds the lock for longer than a few instructions take. */
  #locked<T>(work: () => T): T | undefined {
    for (let spins = 0; spins < SPINS; spins++) {
      if (Atomics.compareExchange(this.#lock, 0, 0, 1) !== 0) continue;
      try {
        return work();
      } finally {
        Atomics.store(this.#lock, 0, 0);
      }
    }
    return undefined;
  }
}

class AtomicNumber implements SharedNumber {
  readonly #values: BigInt64Array;
  readonly #place: number;
  readonly #leave: () => void;
  /** To read the bits of one as the other. */
  readonly #float = new Float64Array(1);
  readonly #bits = new BigInt64Array(this.#float.buffer);
  #disposed = false;

  constructor(values: BigInt64Array, place: number, leave: () => void) {
    this.#values = values;
    this.#place = place;
    this.#leave = leave;
  }

  get value(): number {
    this.#bits[0] = Atomics.load(this.#values, this.#place);
    return this.#float[0] as number;
  }

  replace(expected: number, value: number): boolean {
    const from = this.#bitsOf(expected);
    return Atomics.compareExchange(this.#values, this.#place, from, this.#bitsOf(value)) === from;
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#leave();
  }

  #bitsOf(value: number): bigint {
    this.#float[0] = value;
    return this.#bits[0] as bigint;
  }
}
