import type { FragmentOwner } from '../../../../sdk/buffer.ts';

/** As much as Envoy reads at a time; a read that fills it is followed by another one at once. */
export const readBytes = 131_072;
const maxFreeBlocks = 16;

/** Memory for the reads of one busy socket, lent on to whoever keeps slices of it. */
export class ReadBlock implements FragmentOwner {
  readonly bytes = new Uint8Array(new ArrayBuffer(readBytes));
  readonly #memory: ReadMemory;
  #references = 1;

  constructor(memory: ReadMemory) {
    this.#memory = memory;
  }

  /** Nobody but the socket holds it. */
  get unshared(): boolean {
    return this.#references === 1;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references > 0) return;
    this.#references = 1;
    this.#memory.recycle(this);
  }
}

/**
 * What sockets read into. All sockets share one piece of memory, out of which small reads are copied at once: an idle
 * connection holds none. A socket that reads much at a time gets blocks of its own, which are passed on without a
 * copy, for as long as it stays busy.
 */
export class ReadMemory {
  readonly shared = new Uint8Array(new ArrayBuffer(readBytes));
  readonly #free: ReadBlock[] = [];

  take(): ReadBlock {
    return this.#free.pop() ?? new ReadBlock(this);
  }

  recycle(block: ReadBlock): void {
    if (this.#free.length < maxFreeBlocks) this.#free.push(block);
  }
}
