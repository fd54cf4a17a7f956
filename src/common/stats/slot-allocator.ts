/** Gives out places in a thread's values, and takes them back once main no longer reads them. */
import type { NameLogWriter } from './name-log.ts';
import { type StatsMemory, UNTOUCHED, VALUES_PER_BLOCK, ValueBlocks } from './stats-memory.ts';

/** Slot 0 is nobody's: what finds no room writes there, and main never reads it. */
export const NO_SLOT = 0;

export class SlotAllocator {
  readonly #blocks: ValueBlocks;
  readonly #log: NameLogWriter;
  readonly #freed: { slot: number; sequence: number }[] = [];
  #freedHead = 0;
  #next = NO_SLOT + 1;
  #nowhere: Float64Array | undefined;

  constructor(memory: StatsMemory, log: NameLogWriter) {
    this.#blocks = new ValueBlocks(memory.values);
    this.#log = log;
  }

  /** A place that reads as untouched; NO_SLOT when the limit is reached. */
  allocate(): number {
    const slot = this.#reuse() ?? this.#extend();
    this.values(slot)[slot & (VALUES_PER_BLOCK - 1)] = UNTOUCHED;
    return slot;
  }

  values(slot: number): Float64Array {
    return this.#blocks.block(slot);
  }

  /** A block that main never reads, for those who still hold what has ended. */
  get nowhere(): Float64Array {
    this.#nowhere ??= new Float64Array(VALUES_PER_BLOCK);
    return this.#nowhere;
  }

  /** To be called after the log says that the slot is free: it is given out again when main has read that. */
  release(slot: number): void {
    if (slot !== NO_SLOT) this.#freed.push({ slot, sequence: this.#log.sequence });
  }

  #reuse(): number | undefined {
    const oldest = this.#freed[this.#freedHead];
    if (oldest === undefined || !this.#log.hasConsumed(oldest.sequence)) return undefined;
    this.#freedHead++;
    if (this.#freedHead > 1024 && this.#freedHead * 2 > this.#freed.length) {
      this.#freed.splice(0, this.#freedHead);
      this.#freedHead = 0;
    }
    return oldest.slot;
  }

  #extend(): number {
    if (!this.#blocks.reserve(this.#next)) return NO_SLOT;
    return this.#next++;
  }
}
