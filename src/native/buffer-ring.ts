import type { IoUring } from './io-uring.ts';
import { highWord, lowWord, type MappedMemory, type MemoryMapper } from './mapped-memory.ts';

/** Equal distances of a power of two would let all buffers' first bytes share a few lines of the cache. */
const staggerBytes = 320;

/** So many buffers lie ready for the kernel, if it has not shown that it wants more: few stay in the cache. */
const leastReady = 32;

/**
 * Buffers that the kernel picks from for each receive. Whoever got one gives it back when its bytes are done with. Of
 * the free ones, some lie ready for the kernel, and those used last come first.
 */
export class BufferRing implements Disposable {
  readonly count: number;
  /** Bytes of each buffer. */
  readonly size: number;
  /** All buffers; the one numbered `id` begins at `startOf(id)`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pointer: bigint;
  readonly #entries: MappedMemory;
  readonly #memory: MappedMemory;
  readonly #words: Int32Array;
  readonly #halves: Uint16Array<ArrayBuffer>;
  readonly #lows: Int32Array;
  readonly #highs: Int32Array;
  readonly #free: Int32Array;
  #freeCount: number;
  #tail = 0;
  #ready = 0;
  #wantedReady = leastReady;

  /** Registers `count` buffers (a power of two, 32,768 at most) as a group; answers an errno when refused. */
  static open(mapper: MemoryMapper, ring: IoUring, group: number, count: number, size: number): BufferRing | number {
    const entries = mapper.anonymous(count * 16);
    const memory = mapper.anonymous(count * (size + staggerBytes));
    if (entries === undefined || memory === undefined) return 12;
    const errno = ring.registerBuffers(mapper, entries.pointer, count, group);
    if (errno === 0) return new BufferRing(entries, memory, count, size);
    entries[Symbol.dispose]();
    memory[Symbol.dispose]();
    return errno;
  }

  private constructor(entries: MappedMemory, memory: MappedMemory, count: number, size: number) {
    this.count = count;
    this.size = size;
    this.bytes = memory.bytes;
    this.pointer = memory.pointer;
    this.#entries = entries;
    this.#memory = memory;
    this.#words = new Int32Array(entries.bytes.buffer);
    this.#halves = new Uint16Array(entries.bytes.buffer);
    const pointers = Array.from({ length: count }, (_, id) => memory.pointer + BigInt(this.startOf(id)));
    this.#lows = Int32Array.from(pointers, lowWord);
    this.#highs = Int32Array.from(pointers, highWord);
    this.#free = Int32Array.from({ length: count }, (_, index) => count - 1 - index);
    this.#freeCount = count;
    this.publish();
  }

  startOf(id: number): number {
    return id * (this.size + staggerBytes);
  }

  /** The kernel has picked a buffer. */
  noteTaken(): void {
    this.#ready--;
  }

  /** The kernel found no buffer: from now on more of them lie ready. */
  noteDry(): void {
    this.#wantedReady = Math.min(this.count, this.#wantedReady * 2);
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
    const at = (this.#tail & (this.count - 1)) << 2;
    this.#words[at] = this.#lows[id] as number;
    this.#words[at + 1] = this.#highs[id] as number;
    this.#words[at + 2] = this.size;
    this.#halves[(at << 1) + 6] = id;
    this.#tail = (this.#tail + 1) & 0xffff;
  }

  [Symbol.dispose](): void {
    this.#entries[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
  }
}
