import { completionBufferShift, completionFlags, type IoUring } from './io-uring.ts';
import type { MappedMemory, MemoryMapper } from './mapped-memory.ts';

/** Equal distances of a power of two would let all buffers' first bytes share a few lines of the cache. */
const staggerBytes = 320;

/** Buffers that lie ready for the kernel are as many as it may fill before we look: few of them stay in the cache. */
const incrementalReady = 4;
/** Where each receive takes a whole buffer: so many, and more of them if the kernel has shown that it wants more. */
const wholeReady = 32;

const wordValues = 2 ** 32;

/** Buffers are looked at through views of about so many bytes, each made when the first of its buffers is used. */
const viewBytes = 16_777_216;

export interface BufferRingOptions {
  readonly group: number;
  /** Buffers in all; they take up memory as they are used. */
  readonly count: number;
  /** Buffers that can lie ready at a time: a power of two, 32,768 at most. */
  readonly entries: number;
  /** Bytes of each buffer. */
  readonly size: number;
  /** A receive takes as much of a buffer as it needs, the next one goes on behind it (Linux 6.12); else a whole one. */
  readonly incremental: boolean;
}

/**
 * Buffers that the kernel picks from for each receive. Whoever got one gives it back when its bytes are done with. Of
 * the free ones, a few lie ready for the kernel, and those used last come first.
 *
 * Where the kernel can, receives fill a buffer one after the other: then a small one costs its bytes, not a buffer.
 */
export class BufferRing implements Disposable {
  readonly count: number;
  /** Bytes of each buffer. */
  readonly size: number;
  readonly incremental: boolean;
  readonly pointer: bigint;
  /** Of all buffers. */
  readonly byteLength: number;
  /** Buffers of a view: two to the power of this. */
  readonly #viewShift: number;
  readonly #views: (Uint8Array<ArrayBuffer> | undefined)[];
  /** From the first byte of a buffer to that of the next. */
  readonly #stride: number;
  readonly #entryMask: number;
  readonly #entries: MappedMemory;
  readonly #memory: MappedMemory;
  readonly #words: Int32Array;
  readonly #halves: Uint16Array<ArrayBuffer>;
  readonly #lows: Int32Array;
  readonly #highs: Int32Array;
  readonly #filled: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  #tail = 0;
  #ready = 0;
  #wantedReady: number;

  /** Registers the buffers; answers an errno when refused. */
  static open(mapper: MemoryMapper, ring: IoUring, options: BufferRingOptions): BufferRing | number {
    const { group, count, entries, size, incremental } = options;
    const entryMemory = mapper.anonymous(entries * 16);
    const memory = mapper.anonymous(count * (size + staggerBytes));
    if (entryMemory === undefined || memory === undefined) return 12;
    const errno = ring.registerBuffers(mapper, entryMemory.pointer, entries, group, incremental);
    if (errno === 0) return new BufferRing(entryMemory, memory, options);
    entryMemory[Symbol.dispose]();
    memory[Symbol.dispose]();
    return errno;
  }

  private constructor(entries: MappedMemory, memory: MappedMemory, options: BufferRingOptions) {
    const { count, size, incremental } = options;
    this.count = count;
    this.size = size;
    this.incremental = incremental;
    this.pointer = memory.pointer;
    this.byteLength = memory.byteLength;
    this.#stride = size + staggerBytes;
    this.#viewShift = Math.max(0, Math.floor(Math.log2(viewBytes / size)));
    this.#views = Array.from({ length: ((count - 1) >> this.#viewShift) + 1 }, () => undefined);
    this.#entryMask = options.entries - 1;
    this.#entries = entries;
    this.#memory = memory;
    this.#words = new Int32Array(entries.bytes.buffer);
    this.#halves = new Uint16Array(entries.bytes.buffer);
    // An address of user space is a number without loss: below 2^53 on every machine that has io_uring.
    const first = Number(memory.pointer);
    this.#lows = new Int32Array(count);
    this.#highs = new Int32Array(count);
    for (let id = 0; id < count; id++) {
      const address = first + id * this.#stride;
      this.#lows[id] = address % wordValues;
      this.#highs[id] = address / wordValues;
    }
    this.#filled = new Int32Array(count);
    this.#free = Int32Array.from({ length: count }, (_, index) => count - 1 - index);
    this.#freeCount = count;
    this.#wantedReady = Math.min(options.entries, incremental ? incrementalReady : wholeReady);
    this.publish();
  }

  /** Memory in which buffer `id` begins at `startOf(id)`; the same object for all its buffers. */
  bytesOf(id: number): Uint8Array<ArrayBuffer> {
    return this.#views[id >> this.#viewShift] ?? this.#openView(id >> this.#viewShift);
  }

  startOf(id: number): number {
    return (id & ((1 << this.#viewShift) - 1)) * this.#stride;
  }

  /** Where `memory` begins, in bytes behind `pointer`; -1 when it is no part of what `bytesOf` answers. */
  placeOf(memory: Uint8Array): number {
    const { buffer } = memory;
    const views = this.#views;
    for (let i = 0; i < views.length; i++) {
      if (views[i]?.buffer === buffer) return this.#placeOfView(i) + memory.byteOffset;
    }
    return -1;
  }

  /** As `placeOf`, for what `bytesOf` answered itself. */
  placeOfBytes(memory: Uint8Array): number {
    const views = this.#views;
    for (let i = 0; i < views.length; i++) {
      if (views[i] === memory) return this.#placeOfView(i);
    }
    return -1;
  }

  #placeOfView(index: number): number {
    return (index << this.#viewShift) * this.#stride;
  }

  #openView(index: number): Uint8Array<ArrayBuffer> {
    const start = this.#placeOfView(index);
    const view = this.#memory.view(start, Math.min(this.#placeOfView(1), this.byteLength - start));
    this.#views[index] = view;
    return view;
  }

  /** The buffer that a completion with these flags tells of. */
  idOf(flags: number): number {
    return flags >>> completionBufferShift;
  }

  /** A receive has put so many bytes into buffer `id`, which begin where this answers in `bytesOf(id)`. */
  fill(id: number, bytes: number): number {
    const filled = this.#filled[id] as number;
    this.#filled[id] = filled + bytes;
    return this.startOf(id) + filled;
  }

  /**
   * Whether the kernel is done with the buffer of a completion. To be asked once for each that tells of a buffer.
   * @param result the completion's: a receive of nothing leaves a buffer that is filled bit by bit as it was
   */
  noteTaken(result: number, flags: number): boolean {
    if (this.incremental && (result <= 0 || (flags & completionFlags.bufferMore) !== 0)) return false;
    this.#ready--;
    return true;
  }

  /** The kernel found no buffer: where each receive takes a whole one, more of them lie ready from now on. */
  noteDry(): void {
    if (!this.incremental) this.#wantedReady = Math.min(this.#entryMask + 1, this.#wantedReady * 2);
  }

  /** The kernel may have it with the next `publish`. */
  giveBack(id: number): void {
    this.#free[this.#freeCount++] = id;
  }

  /** Makes free buffers ready for the kernel. */
  publish(): void {
    if (this.#ready >= this.#wantedReady || this.#freeCount === 0) return;
    while (this.#ready < this.#wantedReady && this.#freeCount > 0) {
      this.#ready++;
      this.#makeReady(this.#free[--this.#freeCount] as number);
    }
    Atomics.store(this.#halves, 7, this.#tail);
  }

  #makeReady(id: number): void {
    const at = (this.#tail & this.#entryMask) << 2;
    this.#words[at] = this.#lows[id] as number;
    this.#words[at + 1] = this.#highs[id] as number;
    this.#words[at + 2] = this.size;
    this.#halves[(at << 1) + 6] = id;
    this.#filled[id] = 0;
    this.#tail = (this.#tail + 1) & 0xffff;
  }

  [Symbol.dispose](): void {
    this.#entries[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}
