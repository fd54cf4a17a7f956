import type { FragmentOwner } from '../../../../sdk/buffer.ts';
import { BlockPool, blockBytes } from '../../../common/buffer/block.ts';
import { copyBytes } from '../../../common/buffer/bytes.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';

/** As much as Envoy reads at a time; a read that fills it is followed by another one at once. */
const readBytes = 131_072;
/** A large read is copied into the smallest of these that holds it: what is kept of it pins at most twice as much. */
const largeBlockBytes: readonly number[] = [readBytes / 4, readBytes / 2, readBytes];
/** A read that is worth a block for itself also when its bytes are kept. */
export const fillingReadBytes = readBytes / 2;
/** Of each size; of the largest, as many as keep eight large bodies moving whose receivers are slower (1 MiB each). */
const maxFreeBlocks: readonly number[] = [16, 16, 64];
/** Sockets that may read into memory of their own at a time. */
const maxBusyReaders = 32;
/** Without a read for so long, one of them makes room for another. */
const idleReaderMs = 1000;

/** Memory for one read; it goes back to its free list with the last slice. */
export class ReadBlock implements FragmentOwner {
  readonly bytes: Uint8Array;
  readonly #free: ReadBlock[];
  readonly #maxFree: number;
  #references = 0;

  /** @param free takes it back, up to `maxFree` */
  constructor(bytes: number, free: ReadBlock[], maxFree: number) {
    this.bytes = new Uint8Array(new ArrayBuffer(bytes));
    this.#free = free;
    this.#maxFree = maxFree;
  }

  get references(): number {
    return this.#references;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references === 0 && this.#free.length < this.#maxFree) this.#free.push(this);
  }
}

/** A socket that reads into memory of its own. */
export interface BusyReader {
  readonly lastReadMs: number;
  /** Reads into the shared memory again. */
  leaveBusy(): void;
}

/**
 * What sockets read into. All sockets of an engine share one piece of memory, which is copied out of at once: an idle
 * connection holds none, and what a slow one keeps is about as large as its bytes. A few sockets that read much read
 * into blocks of their own and save the copy, which is a tenth or more of what their reads cost: the same block again
 * when its bytes are gone as soon as they were handed out, another one when they are kept and fill it by half.
 */
export class ReadMemory {
  readonly shared = new Uint8Array(new ArrayBuffer(readBytes));
  readonly #received = new SliceBuffer(new BlockPool());
  readonly #free: readonly ReadBlock[][] = largeBlockBytes.map(() => []);
  readonly #busy = new Set<BusyReader>();
  #lastBlock: ReadBlock | undefined = undefined;

  /** The first `bytes` of `block`, or of the shared memory, in a buffer to be emptied before the next call. */
  take(bytes: number, block: ReadBlock | undefined): SliceBuffer {
    const received = this.#received;
    let filled = block;
    if (filled === undefined) {
      if (bytes <= blockBytes) {
        this.#lastBlock = undefined;
        received.addCopy(this.shared, 0, bytes);
        return received;
      }
      filled = this.#takeBlock(bytes);
      copyBytes(this.shared, 0, bytes, filled.bytes, 0);
    }
    this.#lastBlock = filled;
    filled.retain();
    received.addRange(filled.bytes, 0, bytes, filled);
    return received;
  }

  /** Whether the last read was a large one and nobody has kept any of it, its socket (`own`) aside. */
  wasPassedOn(own: boolean): boolean {
    return this.#lastBlock !== undefined && this.#lastBlock.references === (own ? 1 : 0);
  }

  /** A block for the reads of one socket, while there are not too many such. */
  enterBusy(reader: BusyReader, nowMs: number): ReadBlock | undefined {
    if (this.#busy.size >= maxBusyReaders) {
      for (const other of this.#busy) if (nowMs - other.lastReadMs > idleReaderMs) other.leaveBusy();
      if (this.#busy.size >= maxBusyReaders) return undefined;
    }
    this.#busy.add(reader);
    const block = this.#takeBlock(readBytes);
    block.retain();
    return block;
  }

  /** Another block for the next read of a busy socket, since somebody keeps what is in `block`. */
  exchange(block: ReadBlock): ReadBlock {
    block.release();
    const next = this.#takeBlock(readBytes);
    next.retain();
    return next;
  }

  leaveBusy(reader: BusyReader, block: ReadBlock): void {
    this.#busy.delete(reader);
    block.release();
  }

  #takeBlock(bytes: number): ReadBlock {
    const size = bytes <= readBytes / 4 ? 0 : bytes <= readBytes / 2 ? 1 : 2;
    const free = this.#free[size] as ReadBlock[];
    return free.pop() ?? new ReadBlock(largeBlockBytes[size] as number, free, maxFreeBlocks[size] as number);
  }
}
