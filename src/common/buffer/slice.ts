import type { FragmentOwner } from '../../../sdk/buffer.ts';
import type { Block } from './block.ts';
import { copyBytes } from './bytes.ts';

/** Makes one owner serve several slices: released with the last of them. */
class SharedOwner implements FragmentOwner {
  #references = 1;
  readonly #owner: FragmentOwner;

  constructor(owner: FragmentOwner) {
    this.#owner = owner;
  }

  retain(): void {
    this.#references++;
  }

  release(): void {
    if (--this.#references === 0) this.#owner.release();
  }
}

/** A run of bytes in a buffer, linked to the next. Never empty while it is in a buffer. */
export class Slice {
  #memory: Uint8Array;
  start: number;
  end: number;
  next: Slice | undefined = undefined;
  /** Where it lies, when the buffer itself allocated it: there it may grow. */
  readonly block: Block | undefined;
  #owner: FragmentOwner | undefined;

  constructor(memory: Uint8Array, start: number, end: number, block: Block | undefined, owner?: FragmentOwner) {
    this.#memory = memory;
    this.start = start;
    this.end = end;
    this.block = block;
    this.#owner = owner;
  }

  get length(): number {
    return this.end - this.start;
  }

  get memory(): Uint8Array {
    return this.#memory;
  }

  /** Bytes that can be appended in place. */
  get room(): number {
    const block = this.block;
    return block !== undefined && block.used === this.end ? block.room : 0;
  }

  /** The content as a view. Made once for fragments, so that peeking again is free. */
  view(): Uint8Array {
    const memory = this.#memory;
    if (this.start === 0 && this.end === memory.length) return memory;
    const view = memory.subarray(this.start, this.end);
    if (this.block === undefined) {
      this.#memory = view;
      this.end -= this.start;
      this.start = 0;
    }
    return view;
  }

  /** Copies `data` behind the content; the caller has looked at `room`. */
  append(data: Uint8Array, from: number, to: number): void {
    copyBytes(data, from, to, this.#memory, this.end);
    this.grow(to - from);
  }

  /** Takes `bytes` already written behind the content. */
  grow(bytes: number): void {
    this.end += bytes;
    if (this.block !== undefined) this.block.used = this.end;
  }

  /** Splits off the first `bytes` as a slice of its own; both keep the memory alive. */
  splitFront(bytes: number): Slice {
    let owner = this.#owner;
    if (this.block !== undefined) {
      this.block.retain();
    } else if (owner !== undefined) {
      if (!(owner instanceof SharedOwner)) {
        owner = new SharedOwner(owner);
        this.#owner = owner;
      }
      (owner as SharedOwner).retain();
    }
    const front = new Slice(this.#memory, this.start, this.start + bytes, this.block, owner);
    this.start += bytes;
    return front;
  }

  /** To be called once, when the slice has left its buffer. */
  release(): void {
    if (this.block !== undefined) {
      this.block.release();
      return;
    }
    const owner = this.#owner;
    if (owner !== undefined) {
      this.#owner = undefined;
      owner.release();
    }
  }
}
