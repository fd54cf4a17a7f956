import type { FragmentOwner } from '../../../../sdk/buffer.ts';
import { BlockPool, blockBytes } from '../../../common/buffer/block.ts';
import { copyBytes } from '../../../common/buffer/bytes.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';

/** As much as Envoy reads at a time; a read that fills it is followed by another one at once. */
const readBytes = 131_072;
/** A large read is copied into the smallest of these that holds it: what is kept of it pins at most twice as much. */
const largeBlockBytes: readonly number[] = [readBytes / 4, readBytes / 2, readBytes];
const maxFreeBlocks = 16;
/** Sockets that may read into memory of their own at a time. */
const maxBusyReaders = 32;
/** Without a read for so long, one of them makes room for another. */
const idleReaderMs = 1000;

/** Memory for one read; it goes back to its free list with the last slice. */
export class ReadBlock implements FragmentOwner {
  readonly bytes: Uint8Array;
  readonly #free: ReadBlock[];
  #references = 0;

  constructor(bytes: number, free: ReadBlock[]) {
    this.bytes = new Uint8Array(new ArrayBuffer(bytes));
    this.#free = free;
  }

  get references(): number {
    return this.#references;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references === 0 && this.#free.length < maxFreeBlocks) this.#free.push(this);
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
 * connection holds none, and what a slow one keeps is about as large as its bytes. A few sockets that read much, and
 * whose bytes are gone again as soon as they were handed out, read into blocks of their own and save the copy, which
 * is a tenth or more of what their reads cost.
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

  leaveBusy(reader: BusyReader, block: ReadBlock): void {
    this.#busy.delete(reader);
    block.release();
  }

  #takeBlock(bytes: number): ReadBlock {
    const size = bytes <= readBytes / 4 ? 0 : bytes <= readBytes / 2 ? 1 : 2;
    const free = this.#free[size] as ReadBlock[];
    return free.pop() ?? new ReadBlock(largeBlockBytes[size] as number, free);
  }
}
