import { Buffer as Bytes } from 'node:buffer';
import type { Buffer, FragmentOwner } from '../../../sdk/buffer.ts';
import { Block, type BlockPool, blockBytes } from './block.ts';
import { copyBytes, readLatin1, writeLatin1 } from './bytes.ts';
import { searchSlices } from './search.ts';
import { Slice } from './slice.ts';

/** Slices up to this long are copied when moved behind bytes that may grow: cheaper than one more slice to send. */
const copyOnMoveBytes = 512;
/** So many slices are linked whatever their size. */
const linkedSmallSlices = 2;
const smallestBlockBytes = 512;

function ignore(): void {}

/**
 * A buffer as a chain of slices. Moving a whole buffer relinks the chain and touches no byte.
 *
 * What holds fragments with owners must be drained before it is dropped, or the owners are never told.
 */
export class SliceBuffer implements Buffer {
  // First what every use looks at, in few lines of the cache.
  #head: Slice | undefined = undefined;
  #length = 0;
  #sliceCount = 0;
  #reserved: Block | undefined = undefined;
  #highBytes = 0;
  #aboveHigh = false;
  /** The last of several: to note it for a single one, which messages mostly are, costs the collector a look. */
  #tail: Slice | undefined = undefined;
  readonly #pool: BlockPool | undefined;

  /** The slice last asked for by index: a walk from front to back stays linear. */
  #peeked: Slice | undefined = undefined;
  #peekedIndex = 0;

  #reservedStart = 0;
  #reservedEnd = 0;

  #lowBytes = 0;
  #onHigh: () => void = ignore;
  #onLow: () => void = ignore;

  /** @param pool where added bytes are kept; without one the buffer allocates as it grows. */
  constructor(pool?: BlockPool) {
    this.#pool = pool;
  }

  get length(): number {
    return this.#length;
  }

  get sliceCount(): number {
    return this.#sliceCount;
  }

  get highWatermarkTriggered(): boolean {
    return this.#aboveHigh;
  }

  add(data: Uint8Array | string): void {
    const bytes = data.length;
    if (bytes === 0) return;
    const slice = this.#tailWithRoom(bytes);
    if (typeof data === 'string') writeLatin1(data, slice.memory, slice.end);
    else copyBytes(data, 0, bytes, slice.memory, slice.end);
    slice.grow(bytes);
    this.#grown(bytes);
  }

  /** As `add`, for a part of `memory`, without making a view of it first. */
  addCopy(memory: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    this.#tailWithRoom(end - start).append(memory, start, end);
    this.#grown(end - start);
  }

  /** A slice with room for `bytes` behind its end, which the caller writes and then reports with `appended`. */
  appendable(bytes: number): Slice {
    this.#cancelReservation();
    const tail = this.#last;
    return tail !== undefined && tail.room >= bytes ? tail : this.#newSlice(bytes);
  }

  /** `bytes`, none if need be, have been written behind the end of the slice that `appendable` gave. */
  appended(slice: Slice, bytes: number): void {
    if (slice !== this.#last) {
      if (bytes === 0) {
        slice.release();
        return;
      }
      this.#link(slice);
    }
    slice.grow(bytes);
    this.#grown(bytes);
  }

  addUtf8(text: string): void {
    if (text.length === 0) return;
    const bytes = Bytes.byteLength(text);
    const slice = this.#tailWithRoom(bytes);
    (slice.memory as Bytes).write(text, slice.end, bytes, 'utf8');
    slice.grow(bytes);
    this.#grown(bytes);
  }

  addFragment(data: Uint8Array, owner?: FragmentOwner): void {
    this.addRange(data, 0, data.length, owner);
  }

  /** As `addFragment`, for a part of `memory`, without making a view of it first. */
  addRange(memory: Uint8Array, start: number, end: number, owner?: FragmentOwner): void {
    if (start === end) {
      owner?.release();
      return;
    }
    this.#link(new Slice(memory, start, end, undefined, owner));
    this.#grown(end - start);
  }

  prepend(data: Uint8Array | string): void {
    const bytes = data.length;
    if (bytes === 0) return;
    const slice = this.#newSlice(bytes);
    if (typeof data === 'string') writeLatin1(data, slice.memory, slice.end);
    else copyBytes(data, 0, bytes, slice.memory, slice.end);
    slice.grow(bytes);
    this.#linkFront(slice);
    this.#grown(bytes);
  }

  /** A second `reserve` before `commit` replaces the first. */
  reserve(bytes: number): Uint8Array {
    this.#cancelReservation();
    const tail = this.#last;
    const room = tail === undefined ? 0 : tail.room;
    const block = room >= bytes && tail?.block !== undefined ? tail.block : this.#takeBlock(bytes);
    block.retain();
    this.#reserved = block;
    this.#reservedStart = block.used;
    this.#reservedEnd = block.used + bytes;
    block.used = this.#reservedEnd;
    return block.bytes.subarray(this.#reservedStart, this.#reservedEnd);
  }

  commit(bytes: number): void {
    const block = this.#reserved;
    const start = this.#reservedStart;
    if (block === undefined || start + bytes > this.#reservedEnd) throw new RangeError('commit without a reservation');
    this.#reserved = undefined;
    if (block.used === this.#reservedEnd) block.used = start + bytes;
    if (bytes === 0) {
      block.release();
      return;
    }
    const tail = this.#last;
    if (tail !== undefined && tail.block === block && tail.end === start) {
      tail.end += bytes;
      block.release();
    } else {
      this.#link(new Slice(block.bytes, start, start + bytes, block));
    }
    this.#grown(bytes);
  }

  sliceAt(index: number): Uint8Array {
    return this.nodeAt(index).view();
  }

  /** The slice itself: what lies where, without making a view. It is not to be changed. */
  nodeAt(index: number): Slice {
    // Mostly the first: nothing to remember.
    if (index === 0 && this.#head !== undefined) return this.#head;
    let slice = this.#peeked;
    let at = this.#peekedIndex;
    if (slice === undefined || index < at) {
      slice = this.#head;
      at = 0;
    }
    for (; slice !== undefined && at < index; at++) slice = slice.next;
    if (slice === undefined) throw new RangeError(`no slice at ${index}`);
    this.#peeked = slice;
    this.#peekedIndex = index;
    return slice;
  }

  linearize(bytes: number): Uint8Array {
    if (bytes > this.#length) throw new RangeError(`linearize of ${bytes} bytes, ${this.#length} held`);
    const head = this.#head;
    if (head === undefined || bytes === 0) return new Uint8Array(0);
    if (head.length > bytes) return head.memory.subarray(head.start, head.start + bytes);
    if (head.length === bytes) return head.view();
    const slice = this.#newSlice(bytes);
    this.#copyRange(0, slice.memory, slice.end, bytes);
    slice.grow(bytes);
    this.#dropFront(bytes);
    this.#linkFront(slice);
    this.#length += bytes;
    return slice.view();
  }

  drain(bytes: number): void {
    if (bytes > this.#length) throw new RangeError(`drain of ${bytes} bytes, ${this.#length} held`);
    this.#dropFront(bytes);
    this.#checkLow();
  }

  move(from: Buffer, bytes: number = from.length): void {
    if (bytes > from.length) throw new RangeError(`move of ${bytes} bytes, ${from.length} held`);
    if (bytes === 0) return;
    if (!(from instanceof SliceBuffer)) {
      this.#copyFrom(from, bytes);
      return;
    }
    this.#cancelReservation();
    if (bytes === from.#length) this.#takeAll(from);
    else this.#takeFront(from, bytes);
    from.#checkLow();
    this.#grown(bytes);
  }

  copyOut(start: number, target: Uint8Array): void {
    if (start + target.length > this.#length) throw new RangeError('copyOut past the end');
    this.#copyRange(start, target, 0, target.length);
  }

  /** Copies the first `bytes` to the beginning of `target`, without making a view of it first. */
  copyTo(target: Uint8Array, bytes: number): void {
    if (bytes > this.#length || bytes > target.length) throw new RangeError('copyTo past the end');
    this.#copyRange(0, target, 0, bytes);
  }

  /** Takes all bytes out, to `target` from `at` on, which has room for them. */
  moveTo(target: Uint8Array, at: number): void {
    let end = at;
    for (let slice = this.#head; slice !== undefined; slice = slice.next) {
      copyBytes(slice.memory, slice.start, slice.end, target, end);
      end += slice.length;
    }
    this.drain(this.#length);
  }

  /** Takes out the first slice, of which there must be one: the caller releases it. */
  takeSlice(): Slice {
    const slice = this.#head as Slice;
    this.#cancelReservation();
    this.#peeked = undefined;
    this.#unlinkFront();
    this.#length -= slice.length;
    this.#checkLow();
    return slice;
  }

  /** The byte at `index`, which must be below `length`. */
  byteAt(index: number): number {
    let slice = this.#head as Slice;
    let at = index;
    while (at >= slice.length) {
      at -= slice.length;
      slice = slice.next as Slice;
    }
    return slice.memory[slice.start + at] as number;
  }

  search(pattern: Uint8Array, start = 0, limit: number = this.#length): number {
    return searchSlices(this.#head, pattern, start, Math.min(limit, this.#length));
  }

  startsWith(prefix: Uint8Array): boolean {
    if (prefix.length > this.#length) return false;
    let slice = this.#head as Slice;
    let at = 0;
    for (const byte of prefix) {
      if (at === slice.length) {
        slice = slice.next as Slice;
        at = 0;
      }
      if (slice.memory[slice.start + at++] !== byte) return false;
    }
    return true;
  }

  toString(encoding: 'latin1' | 'utf8' = 'latin1'): string {
    const head = this.#head;
    if (head === undefined) return '';
    if (encoding === 'latin1') {
      let text = '';
      for (let slice: Slice | undefined = head; slice !== undefined; slice = slice.next) {
        text += readLatin1(slice.memory, slice.start, slice.end);
      }
      return text;
    }
    const whole = Bytes.allocUnsafe(this.#length);
    this.#copyRange(0, whole, 0, this.#length);
    return whole.toString('utf8');
  }

  setWatermarks(highBytes: number, onHigh: () => void, onLow: () => void): void {
    this.#highBytes = highBytes;
    this.#lowBytes = Math.floor(highBytes / 2);
    this.#onHigh = onHigh;
    this.#onLow = onLow;
    this.#checkHigh();
    this.#checkLow();
  }

  get #last(): Slice | undefined {
    return this.#sliceCount > 1 ? this.#tail : this.#head;
  }

  #takeAll(from: SliceBuffer): void {
    from.#cancelReservation();
    const head = from.#head as Slice;
    if (from.#sliceCount === 1) {
      this.#linkOrCopy(head);
    } else {
      const last = this.#last;
      if (last === undefined) this.#head = head;
      else last.next = head;
      this.#tail = from.#tail;
      this.#sliceCount += from.#sliceCount;
    }
    from.#head = undefined;
    from.#tail = undefined;
    from.#peeked = undefined;
    from.#sliceCount = 0;
    from.#length = 0;
  }

  #takeFront(from: SliceBuffer, bytes: number): void {
    let left = bytes;
    while (left > 0) {
      const slice = from.#head as Slice;
      if (slice.length > left) {
        this.#linkOrCopy(slice.splitFront(left));
        break;
      }
      left -= slice.length;
      from.#unlinkFront();
      this.#linkOrCopy(slice);
    }
    from.#peeked = undefined;
    from.#length -= bytes;
  }

  #copyFrom(from: Buffer, bytes: number): void {
    let left = bytes;
    for (let i = 0; left > 0; i++) {
      const slice = from.sliceAt(i);
      const taken = Math.min(left, slice.length);
      this.add(taken === slice.length ? slice : slice.subarray(0, taken));
      left -= taken;
    }
    from.drain(bytes);
  }

  #copyRange(start: number, target: Uint8Array, at: number, bytes: number): void {
    let skip = start;
    let left = bytes;
    for (let slice = this.#head; left > 0 && slice !== undefined; slice = slice.next) {
      if (skip >= slice.length) {
        skip -= slice.length;
        continue;
      }
      const from = slice.start + skip;
      const taken = Math.min(left, slice.end - from);
      copyBytes(slice.memory, from, from + taken, target, at + bytes - left);
      left -= taken;
      skip = 0;
    }
  }

  #dropFront(bytes: number): void {
    this.#peeked = undefined;
    let left = bytes;
    while (left > 0) {
      const slice = this.#head as Slice;
      if (slice.length > left) {
        slice.start += left;
        break;
      }
      left -= slice.length;
      this.#unlinkFront();
      slice.release();
    }
    this.#length -= bytes;
  }

  #unlinkFront(): void {
    const slice = this.#head as Slice;
    this.#head = slice.next;
    if (slice.next !== undefined) slice.next = undefined;
    if (--this.#sliceCount === 1) this.#tail = undefined;
  }

  #link(slice: Slice): void {
    const last = this.#last;
    if (last === undefined) {
      this.#head = slice;
    } else {
      last.next = slice;
      this.#tail = slice;
    }
    this.#sliceCount++;
  }

  #linkFront(slice: Slice): void {
    slice.next = this.#head;
    if (this.#sliceCount++ === 1) this.#tail = this.#head;
    this.#head = slice;
    this.#peeked = undefined;
  }

  /** A few small slices are linked; more of them are gathered, lest each keep a whole block alive. */
  #linkOrCopy(slice: Slice): void {
    const bytes = slice.length;
    const tail = this.#last;
    if (tail === undefined || bytes > copyOnMoveBytes || (tail.room < bytes && this.#sliceCount < linkedSmallSlices)) {
      this.#link(slice);
      return;
    }
    this.#tailWithRoom(bytes).append(slice.memory, slice.start, slice.end);
    slice.release();
  }

  #tailWithRoom(bytes: number): Slice {
    this.#cancelReservation();
    const tail = this.#last;
    if (tail !== undefined && tail.room >= bytes) return tail;
    const slice = this.#newSlice(bytes);
    this.#link(slice);
    return slice;
  }

  /** An empty slice with room for `bytes`, which the caller fills and links. */
  #newSlice(bytes: number): Slice {
    const block = this.#takeBlock(bytes);
    block.retain();
    return new Slice(block.bytes, block.used, block.used, block);
  }

  #takeBlock(bytes: number): Block {
    if (this.#pool !== undefined) return this.#pool.take(bytes);
    return new Block(Math.max(bytes, Math.min(blockBytes, Math.max(smallestBlockBytes, 2 * this.#length))));
  }

  #cancelReservation(): void {
    if (this.#reserved !== undefined) this.commit(0);
  }

  #grown(bytes: number): void {
    this.#length += bytes;
    if (this.#highBytes !== 0) this.#checkHigh();
  }

  #checkHigh(): void {
    if (this.#highBytes === 0 || this.#length <= this.#highBytes || this.#aboveHigh) return;
    this.#aboveHigh = true;
    this.#onHigh();
  }

  #checkLow(): void {
    if (!this.#aboveHigh || (this.#highBytes !== 0 && this.#length > this.#lowBytes)) return;
    this.#aboveHigh = false;
    this.#onLow();
  }
}
