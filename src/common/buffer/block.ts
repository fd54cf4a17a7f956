import { Buffer as Bytes } from 'node:buffer';
import type { FragmentOwner } from '../../../sdk/buffer.ts';
import type { WordMemory } from './bytes.ts';

/** Size of a pooled block, and of the largest that a buffer without a pool takes for small additions. */
export const blockBytes = 16_384;

/**
 * Memory that buffers fill from front to back, one addition after the other. Several slices, of several buffers, may
 * lie in it: each holds a reference, and the block starts over when the last one is gone.
 */
export class Block implements FragmentOwner, WordMemory {
  readonly bytes: Bytes;
  readonly words: DataView;
  /** Bytes handed out so far; only a slice that ends here may grow. */
  used = 0;
  #references = 0;
  readonly #pool: BlockPool | undefined;

  constructor(bytes: number, pool?: BlockPool) {
    this.bytes = Bytes.allocUnsafe(bytes);
    this.words = new DataView(this.bytes.buffer, this.bytes.byteOffset, bytes);
    this.#pool = pool;
  }

  get room(): number {
    return this.bytes.length - this.used;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references > 0) return;
    this.used = 0;
    this.#pool?.recycle(this);
  }
}

/**
 * Blocks shared by the buffers of one thread. While what is added is soon written out and drained, all additions go
 * through the same few hot kilobytes and nothing is allocated.
 */
export class BlockPool {
  #current: Block;
  readonly #free: Block[] = [];
  readonly #maxFree: number;

  /** @param maxFree blocks kept for reuse; more are left to the garbage collector. */
  constructor(maxFree = 64) {
    this.#maxFree = maxFree;
    this.#current = new Block(blockBytes, this);
  }

  /** A block with at least `bytes` of room. */
  take(bytes: number): Block {
    if (this.#current.room >= bytes) return this.#current;
    if (bytes > blockBytes) return new Block(bytes);
    this.#current = this.#free.pop() ?? new Block(blockBytes, this);
    return this.#current;
  }

  /** Called by a block without references. */
  recycle(block: Block): void {
    if (block !== this.#current && this.#free.length < this.#maxFree) this.#free.push(block);
  }
}
