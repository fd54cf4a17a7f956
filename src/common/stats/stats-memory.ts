/**
 * The memory through which one thread's statistics are seen by main.
 *
 * Both blocks grow in place (growable SharedArrayBuffer), so main, which holds them from the start, never misses a
 * part. The thread is the only writer; main reads whenever it is asked, without a message.
 *
 * `values`: one float64 a value, each written by plain adds. -0 means never touched: any add, even of 0, makes it
 * another value, so that `used` costs nothing.
 * `names`: the log that says what the values are (name-log.ts).
 */
export interface StatsMemory {
  readonly values: SharedArrayBuffer;
  readonly names: SharedArrayBuffer;
}

export interface StatsMemoryLimits {
  /** Address space that is reserved, not memory that is used. Default 1 GiB: 134 million values. */
  readonly valuesMaxBytes?: number;
  /** Default 1 GiB. */
  readonly namesMaxBytes?: number;
}

/** Values lie in blocks of this many, each behind its own fixed-length array: those are as fast as any other. */
export const VALUES_PER_BLOCK = 8192;
export const BLOCK_SHIFT = 13;
export const VALUE_BYTES = 8;
/** Never touched since it was defined. */
export const UNTOUCHED = -0;

/** Int32 places at the head of `names`. */
export const PUBLISHED = 0;
export const CONSUMED = 1;
/** How many statistics found no room. */
export const DROPPED = 2;
export const LOG_START = 16;

const BLOCK_BYTES = VALUES_PER_BLOCK * VALUE_BYTES;
const GIB = 1 << 30;

/** Made by main, one for each thread (its own too), and given to the thread's StatsStore. */
export function createStatsMemory(limits: StatsMemoryLimits = {}): StatsMemory {
  const valuesMaxBytes = limits.valuesMaxBytes ?? GIB;
  const namesMaxBytes = limits.namesMaxBytes ?? GIB;
  return {
    values: new SharedArrayBuffer(BLOCK_BYTES, { maxByteLength: Math.max(valuesMaxBytes, BLOCK_BYTES) }),
    names: new SharedArrayBuffer(BLOCK_BYTES, { maxByteLength: Math.max(namesMaxBytes, BLOCK_BYTES) }),
  };
}

/** Grows to hold `byteLength`, doubling up to `step`; false when the limit is reached. */
export function growTo(memory: SharedArrayBuffer, byteLength: number, step: number): boolean {
  if (byteLength <= memory.byteLength) return true;
  if (byteLength > memory.maxByteLength) return false;
  const wanted = Math.ceil(byteLength / step) * step;
  memory.grow(Math.min(memory.maxByteLength, Math.max(wanted, byteLength)));
  return true;
}

/** The blocks of `values`; new ones appear as the writer grows the memory. */
export class ValueBlocks {
  readonly #memory: SharedArrayBuffer;
  readonly #blocks: Float64Array[] = [];

  constructor(memory: SharedArrayBuffer) {
    this.#memory = memory;
  }

  /** Makes room for the block of `slot`; false when the limit is reached. */
  reserve(slot: number): boolean {
    return growTo(this.#memory, ((slot >>> BLOCK_SHIFT) + 1) * BLOCK_BYTES, BLOCK_BYTES);
  }

  /** The array in which `slot` lies, at `slot % VALUES_PER_BLOCK`. */
  block(slot: number): Float64Array {
    const index = slot >>> BLOCK_SHIFT;
    const known = this.#blocks[index];
    if (known !== undefined) return known;
    const block = new Float64Array(this.#memory, index * BLOCK_BYTES, VALUES_PER_BLOCK);
    this.#blocks[index] = block;
    return block;
  }

  /** -0 when untouched. */
  read(slot: number): number {
    return this.block(slot)[slot & (VALUES_PER_BLOCK - 1)] ?? UNTOUCHED;
  }
}
