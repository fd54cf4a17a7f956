import type { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import {
  addressHigh,
  addressLow,
  highWord,
  lowWord,
  type MappedMemory,
  type MemoryMapper,
} from '../../../native/mapped-memory.ts';

/** Longer messages wait for their completion: to copy them costs more than that. */
const mostBytes = 4096;
const memoryBytes = 131_072;

/**
 * Memory for short messages which the kernel takes at once, or tells that it did not: of all that goes well it tells nothing. They
 * lie one behind the other in the few lines of the cache that the last ones were in, for with each turn all of them is free again.
 */
export class DirectSends implements Disposable {
  readonly #memory: MappedMemory;
  readonly #low: number;
  readonly #high: number;
  #used = 0;
  /** What was sent in an earlier turn is known to have gone out, or not. */
  turn = 1;

  /** Undefined when the system has no memory. */
  static open(mapper: MemoryMapper): DirectSends | undefined {
    const memory = mapper.anonymous(memoryBytes);
    return memory && new DirectSends(memory);
  }

  private constructor(memory: MappedMemory) {
    this.#memory = memory;
    this.#low = lowWord(memory.pointer);
    this.#high = highWord(memory.pointer);
  }

  get bytes(): Uint8Array {
    return this.#memory.bytes;
  }

  /** Takes all of `output`, and answers where it lies in `bytes`; -1 when it is too long, or there is no room in this turn. */
  take(output: SliceBuffer): number {
    const { length } = output;
    const start = this.#used;
    if (length > mostBytes || start + length > memoryBytes) return -1;
    output.moveTo(this.bytes, start);
    this.#used += length;
    return start;
  }

  addressLow(start: number): number {
    return addressLow(this.#low, start);
  }

  addressHigh(start: number): number {
    return addressHigh(this.#low, this.#high, start);
  }

  /** All that was sent in this turn is known to have gone out, or not. */
  nextTurn(): void {
    this.#used = 0;
    this.turn = (this.turn + 1) | 0;
  }

  [Symbol.dispose](): void {
    this.#memory[Symbol.dispose]();
  }
}
