import type { Slice } from '../../../common/buffer/slice.ts';
import type { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import {
  addressHigh,
  addressLow,
  highWord,
  lowWord,
  type MappedMemory,
  type MemoryMapper,
} from '../../../native/mapped-memory.ts';
import type { ReadableMemory } from './send-memory.ts';

/** Longer messages wait for their completion: to copy them costs more than that. */
const mostBytes = 4096;
const memoryBytes = 131_072;

/**
 * Short messages which the kernel takes at once, or tells that it did not: of all that goes well it tells nothing. What was
 * received goes out from where it lies, other bytes from a memory in which they lie one behind the other, in the few lines of
 * the cache that the last ones were in, for with each turn all of it is free again.
 */
export class DirectSends implements Disposable {
  /** What was sent in an earlier turn is known to have gone out, or not. */
  turn = 1;
  /** Where the bytes that were taken last lie. */
  memory: Uint8Array;
  start = 0;
  addressLow = 0;
  addressHigh = 0;
  readonly #memory: MappedMemory;
  readonly #low: number;
  readonly #high: number;
  readonly #receivable: ReadableMemory;
  /** Sent from where they lie in this turn. */
  readonly #held: Slice[] = [];
  #used = 0;

  private constructor(memory: MappedMemory, receivable: ReadableMemory) {
    this.memory = memory.bytes;
    this.#memory = memory;
    this.#low = lowWord(memory.pointer);
    this.#high = highWord(memory.pointer);
    this.#receivable = receivable;
  }

  /** Undefined when the system has no memory. */
  static open(mapper: MemoryMapper, receivable: ReadableMemory): DirectSends | undefined {
    const memory = mapper.anonymous(memoryBytes);
    return memory && new DirectSends(memory, receivable);
  }

  /** Takes all of `output` for a send; false when it is too long, or there is no room in this turn. */
  take(output: SliceBuffer): boolean {
    const { length } = output;
    if (length > mostBytes) return false;
    return (output.sliceCount === 1 && this.#takeReceived(output)) || this.#takeCopy(output, length);
  }

  #takeReceived(output: SliceBuffer): boolean {
    const { memory, start } = output.nodeAt(0);
    const place = this.#receivable.placeOfReceived(memory);
    if (place < 0) return false;
    this.#held.push(output.takeSlice());
    this.memory = memory;
    this.start = start;
    this.addressLow = this.#receivable.addressLow(place + start);
    this.addressHigh = this.#receivable.addressHigh(place + start);
    return true;
  }

  #takeCopy(output: SliceBuffer, length: number): boolean {
    const start = this.#used;
    if (start + length > memoryBytes) return false;
    output.moveTo(this.#memory.bytes, start);
    this.#used += length;
    this.memory = this.#memory.bytes;
    this.start = start;
    this.addressLow = addressLow(this.#low, start);
    this.addressHigh = addressHigh(this.#low, this.#high, start);
    return true;
  }

  /** All that was sent in this turn is known to have gone out, or not. */
  nextTurn(): void {
    this.#used = 0;
    this.turn = (this.turn + 1) | 0;
    const held = this.#held;
    for (let slice = held.pop(); slice !== undefined; slice = held.pop()) slice.release();
  }

  [Symbol.dispose](): void {
    this.nextTurn();
    this.#memory[Symbol.dispose]();
  }
}
