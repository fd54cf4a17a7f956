import type { FragmentOwner } from '../../../../sdk/buffer.ts';
import { BlockPool } from '../../../common/buffer/block.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import type { BufferRing } from '../../../native/buffer-ring.ts';

/** So few bytes are soon copied. */
const fewBytes = 4096;

/** One buffer of the ring: it goes back when the kernel has filled it and nobody holds its bytes any more. */
class ReceiveBuffer implements FragmentOwner {
  readonly id: number;
  readonly #memory: ReceiveMemory;
  /** Runs of bytes in it that someone holds. */
  references = 0;
  /** The kernel puts nothing into it any more. */
  full = false;

  constructor(memory: ReceiveMemory, id: number) {
    this.#memory = memory;
    this.id = id;
  }

  release(): void {
    if (--this.references === 0) this.#memory.onReleased(this);
  }
}

/**
 * What arrives lies in the buffers of the ring, and is handed out where it lies. Half of them may be held so, an eighth for
 * the sake of a few bytes each; while they are, what arrives is copied. So the other half always comes back, whatever slow
 * peers and filters that keep bytes do: the ring may run dry for a moment, never for good.
 */
export class ReceiveMemory implements Disposable {
  readonly #buffers: BufferRing;
  readonly #receiveBuffers: (ReceiveBuffer | undefined)[];
  readonly #blocks = new BlockPool();
  readonly #mostHeld: number;
  readonly #mostHeldForFew: number;
  #held = 0;
  #disposed = false;

  constructor(buffers: BufferRing) {
    this.#buffers = buffers;
    this.#receiveBuffers = Array.from({ length: buffers.count }, () => undefined);
    this.#mostHeld = buffers.count >> 1;
    this.#mostHeldForFew = buffers.count >> 3;
  }

  /** Buffers with bytes that were handed out and not yet released. */
  get held(): number {
    return this.#held;
  }

  /** A buffer for `add`. */
  createBuffer(): SliceBuffer {
    return new SliceBuffer(this.#blocks);
  }

  /** Adds the bytes of a receive that completed with `flags` to `received`. */
  add(received: SliceBuffer, bytes: number, flags: number): void {
    const buffers = this.#buffers;
    const buffer = this.#bufferOf(buffers.idOf(flags));
    const start = buffers.fill(buffer.id, bytes);
    if (buffer.references > 0 || this.#held < (bytes < fewBytes ? this.#mostHeldForFew : this.#mostHeld)) {
      if (buffer.references++ === 0) this.#held++;
      received.addRange(buffers.bytesOf(buffer.id), start, start + bytes, buffer);
    } else {
      received.addCopy(buffers.bytesOf(buffer.id), start, start + bytes);
    }
    if (buffers.noteTaken(bytes, flags)) this.#onFull(buffer);
  }

  /** What a receive that completed with `result` and `flags` put into a buffer, if anything, is of no use to anyone. */
  drop(result: number, flags: number): void {
    const buffers = this.#buffers;
    const buffer = this.#bufferOf(buffers.idOf(flags));
    if (result > 0) buffers.fill(buffer.id, result);
    if (buffers.noteTaken(result, flags)) this.#onFull(buffer);
  }

  /** A receive found no buffer. */
  noteDry(): void {
    this.#buffers.noteDry();
  }

  /** Makes what was given back available to the kernel. */
  publish(): void {
    this.#buffers.publish();
  }

  onReleased(buffer: ReceiveBuffer): void {
    this.#held--;
    if (this.#disposed) this.#disposeIfUnused();
    else if (buffer.full) this.#giveBack(buffer);
  }

  /** The memory goes when nobody holds bytes in it any more. */
  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#disposeIfUnused();
  }

  #bufferOf(id: number): ReceiveBuffer {
    let buffer = this.#receiveBuffers[id];
    if (buffer === undefined) {
      buffer = new ReceiveBuffer(this, id);
      this.#receiveBuffers[id] = buffer;
    }
    return buffer;
  }

  #onFull(buffer: ReceiveBuffer): void {
    if (buffer.references > 0) buffer.full = true;
    else this.#giveBack(buffer);
  }

  #giveBack(buffer: ReceiveBuffer): void {
    buffer.full = false;
    this.#buffers.giveBack(buffer.id);
  }

  #disposeIfUnused(): void {
    if (this.#held === 0) this.#buffers[Symbol.dispose]();
  }
}
