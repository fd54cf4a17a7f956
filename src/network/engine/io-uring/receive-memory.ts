import type { FragmentOwner } from '../../../../sdk/buffer.ts';
import { BlockPool } from '../../../common/buffer/block.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import type { BufferRing } from '../../../native/buffer-ring.ts';

/** One buffer of the ring while someone holds its bytes: it goes back with the last of them. */
class ReceivedFragment implements FragmentOwner {
  readonly #memory: ReceiveMemory;
  readonly #id: number;

  constructor(memory: ReceiveMemory, id: number) {
    this.#memory = memory;
    this.#id = id;
  }

  release(): void {
    this.#memory.onReleased(this.#id);
  }
}

/**
 * What arrives lies in the buffers of the ring, and is handed out where it lies. Half of them may be held so; while
 * they are, what arrives is copied and its buffer goes back at once. So the other half always comes back, whatever
 * slow peers and filters that keep bytes do: the ring may run dry for a moment, never for good.
 */
export class ReceiveMemory implements Disposable {
  readonly #buffers: BufferRing;
  readonly #fragments: readonly ReceivedFragment[];
  readonly #blocks = new BlockPool();
  readonly #mostHeld: number;
  #held = 0;
  #disposed = false;

  constructor(buffers: BufferRing) {
    this.#buffers = buffers;
    this.#fragments = Array.from({ length: buffers.count }, (_, id) => new ReceivedFragment(this, id));
    this.#mostHeld = buffers.count >> 1;
  }

  /** Buffers with bytes that were handed out and not yet released. */
  get held(): number {
    return this.#held;
  }

  /** A buffer for `add`. */
  createBuffer(): SliceBuffer {
    return new SliceBuffer(this.#blocks);
  }

  /** Adds the first `bytes` of the ring's buffer `id` to `received`. */
  add(received: SliceBuffer, id: number, bytes: number): void {
    const buffers = this.#buffers;
    const start = buffers.startOf(id);
    buffers.noteTaken();
    if (this.#held < this.#mostHeld) {
      this.#held++;
      received.addRange(buffers.bytes, start, start + bytes, this.#fragments[id]);
    } else {
      received.addCopy(buffers.bytes, start, start + bytes);
      buffers.giveBack(id);
    }
  }

  /** The ring's buffer `id` is of no use to anyone. */
  drop(id: number): void {
    this.#buffers.noteTaken();
    this.#buffers.giveBack(id);
  }

  /** A receive found no buffer. */
  noteDry(): void {
    this.#buffers.noteDry();
  }

  /** Makes what was given back available to the kernel. */
  publish(): void {
    this.#buffers.publish();
  }

  onReleased(id: number): void {
    this.#held--;
    if (!this.#disposed) this.#buffers.giveBack(id);
    else this.#disposeIfUnused();
  }

  /** The memory goes when nobody holds bytes in it any more. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#disposeIfUnused();
  }

  #disposeIfUnused(): void {
    if (this.#held === 0) this.#buffers[Symbol.dispose]();
  }
}
