import type { SharedCount, SharedNumber } from '../../../sdk/extension.ts';
import { toByteText } from '../formatter/byte-text.ts';
import { xxHash64 } from '../hash/xxhash64.ts';

/** So many keys have a number of all threads; those that come later have one of their thread. */
const PLACES = 8192;
/** Places from a key's own on in which it may stand. */
const REACH = 16;
const LOCK_BYTES = 8;
const SPINS = 100_000;
const WIDE = BigInt64Array.BYTES_PER_ELEMENT;
const NARROW = Int32Array.BYTES_PER_ELEMENT;
/** Key and value of each place. */
const COMMON_BYTES = LOCK_BYTES + PLACES * 2 * WIDE;
/** How often a thread holds each place, and its share of each count. */
const THREAD_BYTES = PLACES * 2 * NARROW;

/** Memory for numbers that the workers and main share by a key. */
export function createSharedNumbers(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(COMMON_BYTES + (workers + 1) * THREAD_BYTES);
}

/** A worker has gone: what it held is given back, and its share of the counts with it. */
export function forgetNumbers(memory: SharedArrayBuffer, worker: number): void {
  new SharedNumbers(memory, worker).leaveAll();
}

/** Finds numbers by key, and gives their places back when the last thread has done with them. */
export class SharedNumbers {
  readonly #lock: Int32Array;
  readonly #keys: BigInt64Array;
  readonly #values: BigInt64Array;
  /** Of each thread. */
  readonly #holders: readonly Int32Array[];
  readonly #shares: Int32Array;
  readonly #thread: number;

  /** @param worker the thread's index; -1 for main */
  constructor(memory: SharedArrayBuffer, worker: number) {
    const threads = (memory.byteLength - COMMON_BYTES) / THREAD_BYTES;
    const ofThread = (thread: number, column: number) =>
      new Int32Array(memory, COMMON_BYTES + thread * THREAD_BYTES + column * PLACES * NARROW, PLACES);
    this.#lock = new Int32Array(memory, 0, 1);
    this.#keys = new BigInt64Array(memory, LOCK_BYTES, PLACES);
    this.#values = new BigInt64Array(memory, LOCK_BYTES + PLACES * WIDE, PLACES);
    this.#holders = Array.from({ length: threads }, (_, thread) => ofThread(thread, 0));
    this.#thread = worker < 0 ? threads - 1 : worker;
    this.#shares = ofThread(this.#thread, 1);
  }

  /** 0 at first. */
  acquire(key: string): SharedNumber {
    const place = this.#acquire(key);
    if (place === undefined) return new AtomicNumber(new BigInt64Array(1), 0, () => {});
    return new AtomicNumber(this.#values, place, () => this.#locked(() => this.#leave(place)));
  }

  /** 0 at first. */
  acquireCount(key: string): SharedCount {
    const place = this.#acquire(key);
    if (place === undefined) return new AtomicCount(new BigInt64Array(1), new Int32Array(1), 0, () => {});
    return new AtomicCount(this.#values, this.#shares, place, () => this.#locked(() => this.#leave(place)));
  }

  /** Gives back all that a thread of this number held, which has gone: maybe with the lock. */
  leaveAll(): void {
    Atomics.compareExchange(this.#lock, 0, this.#thread + 1, 0);
    this.#locked(() => {
      const holders = this.#holders[this.#thread] as Int32Array;
      for (let place = 0; place < PLACES; place++) {
        if (holders[place] === 0) continue;
        Atomics.sub(this.#values, place, BigInt(this.#shares[place] as number));
        holders[place] = 1;
        this.#leave(place);
      }
    });
  }

  #acquire(key: string): number | undefined {
    const hash = BigInt.asIntN(64, xxHash64(toByteText(key))) || 1n;
    return this.#locked(() => this.#take(hash));
  }

  #take(hash: bigint): number | undefined {
    const first = Number(BigInt.asUintN(64, hash) % BigInt(PLACES));
    let free: number | undefined;
    for (let i = 0; i < REACH; i++) {
      const place = (first + i) % PLACES;
      const known = this.#keys[place] as bigint;
      if (known === hash) return this.#hold(place);
      if (known === 0n) free ??= place;
    }
    if (free === undefined) return undefined;
    this.#keys[free] = hash;
    this.#values[free] = 0n;
    return this.#hold(free);
  }

  #hold(place: number): number {
    const holders = this.#holders[this.#thread] as Int32Array;
    if (holders[place] === 0) this.#shares[place] = 0;
    holders[place] = (holders[place] as number) + 1;
    return place;
  }

  #leave(place: number): void {
    const holders = this.#holders[this.#thread] as Int32Array;
    holders[place] = (holders[place] as number) - 1;
    if (this.#holders.every((each) => each[place] === 0)) this.#keys[place] = 0n;
  }

  /** Undefined when another thread holds the lock for longer than a few instructions take. */
  #locked<T>(work: () => T): T | undefined {
    for (let spins = 0; spins < SPINS; spins++) {
      if (Atomics.compareExchange(this.#lock, 0, 0, this.#thread + 1) !== 0) continue;
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

class AtomicCount implements SharedCount {
  readonly #values: BigInt64Array;
  /** What of it is this thread's, and goes with it. */
  readonly #shares: Int32Array;
  readonly #place: number;
  readonly #leave: () => void;
  #disposed = false;

  constructor(values: BigInt64Array, shares: Int32Array, place: number, leave: () => void) {
    this.#values = values;
    this.#shares = shares;
    this.#place = place;
    this.#leave = leave;
  }

  get value(): number {
    return Number(Atomics.load(this.#values, this.#place));
  }

  add(change: number): number {
    this.#shares[this.#place] = (this.#shares[this.#place] as number) + change;
    return Number(Atomics.add(this.#values, this.#place, BigInt(change)));
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#leave();
  }
}
