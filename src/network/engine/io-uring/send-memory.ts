import { copyBytes } from '../../../common/buffer/bytes.ts';
import type { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import type { BufferRing } from '../../../native/buffer-ring.ts';
import {
  addressHigh,
  addressLow,
  highWord,
  lowWord,
  type MappedMemory,
  type MemoryMapper,
} from '../../../native/mapped-memory.ts';

/** Most that one send is given, so that progress shows while a slow peer takes a large write. */
const batchBytes = 262_144;
/** Shorter slices are copied together, longer ones are sent from where they lie if the kernel may read there. */
const copyBelowBytes = 1024;

/** A stage begins with a msghdr of 56 bytes and its iovecs of 16 bytes each (recvmsg(2)), then come the copies. */
const stageBytes = 65_536;
const vectorsStart = 64;
const mostVectors = 28;
const copiesStart = 512;
/** As for receive buffers: equal distances of a power of two would fight for a few lines of the cache. */
const stageStride = stageBytes + 320;
const stagesEach = 16;

/** Memory in which one send is put together; its owner's until the send has completed. */
export class SendStage {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly start: number;
  readonly messageLow: number;
  readonly messageHigh: number;
  readonly #pointer: bigint;
  readonly #words: Int32Array;
  readonly #wordsStart: number;
  #vectors = 0;
  #used = 0;
  /** Of what was gathered or placed last. */
  addressLow = 0;
  addressHigh = 0;
  byteCount = 0;
  /** Of these, the bytes that lie in the stage itself, all of them or none: then nobody else needs to keep them. */
  heldBytes = 0;

  constructor(memory: MappedMemory, start: number) {
    this.bytes = memory.bytes;
    this.start = start;
    this.#pointer = memory.pointer + BigInt(start);
    this.messageLow = lowWord(this.#pointer);
    this.messageHigh = highWord(this.#pointer);
    this.#words = new Int32Array(memory.bytes.buffer);
    this.#wordsStart = start >> 2;
    const vectors = this.#pointer + BigInt(vectorsStart);
    this.#words[this.#wordsStart + 4] = lowWord(vectors);
    this.#words[this.#wordsStart + 5] = highWord(vectors);
  }

  /** More than one piece: the message, not the one address, is to be sent. */
  get isMessage(): boolean {
    return this.#vectors > 1;
  }

  /** Puts bytes, of an address say, where the kernel may read them: at `addressLow` and `addressHigh`. */
  place(bytes: Uint8Array): void {
    // Not at the front: the message's header stays for the sends that come.
    this.bytes.set(bytes, this.start + copiesStart);
    this.addressLow = addressLow(this.messageLow, copiesStart);
    this.addressHigh = addressHigh(this.messageLow, this.messageHigh, copiesStart);
    this.byteCount = bytes.length;
    this.heldBytes = 0;
  }

  /** As `place`, for bytes to send that lie nowhere else any more. */
  hold(bytes: Uint8Array): void {
    this.place(bytes);
    this.#vectors = 1;
    this.heldBytes = this.byteCount;
  }

  /** Takes as much from the front of `output` as one send may carry; what is not in `heldBytes` then stays there. */
  gather(output: SliceBuffer, readable: ReadableMemory): void {
    this.#vectors = 0;
    this.#used = 0;
    this.byteCount = 0;
    const count = output.sliceCount;
    for (let i = 0; i < count && this.byteCount < batchBytes; i++) {
      const slice = output.nodeAt(i);
      const { memory, start, length } = slice;
      const place = length >= copyBelowBytes ? readable.placeOf(memory) : -1;
      const taken =
        place >= 0 ? this.#addInPlace(place + start, length, readable) : this.#addCopy(memory, start, length);
      this.byteCount += taken;
      if (taken < length) break;
    }
    this.#words[this.#wordsStart + 6] = this.#vectors;
    // Copies lie one behind the other: they are one piece, unless something else lies between them.
    this.heldBytes = this.#used === this.byteCount ? this.byteCount : 0;
    if (this.heldBytes > 0) output.drain(this.heldBytes);
  }

  /** The first `bytes` of those that it holds have been sent: the rest is to be sent next. */
  skip(bytes: number): void {
    const low = addressLow(this.addressLow, bytes);
    this.addressHigh = addressHigh(this.addressLow, this.addressHigh, bytes);
    this.addressLow = low;
    this.byteCount -= bytes;
    this.heldBytes = this.byteCount;
  }

  #addInPlace(offset: number, length: number, readable: ReadableMemory): number {
    if (this.#vectors === mostVectors) return 0;
    const low = readable.addressLow(offset);
    this.#addVector(low, readable.addressHigh(offset), length);
    return length;
  }

  #addCopy(memory: Uint8Array, start: number, length: number): number {
    const at = copiesStart + this.#used;
    const taken = Math.min(length, stageBytes - at);
    const last = this.#wordsStart + (vectorsStart >> 2) + (this.#vectors - 1) * 4;
    const low = addressLow(this.messageLow, at);
    const continues = this.#vectors > 0 && this.#used > 0 && this.#isAt(last, low);
    if (taken === 0 || (!continues && this.#vectors === mostVectors)) return 0;
    copyBytes(memory, start, start + taken, this.bytes, this.start + at);
    this.#used += taken;
    if (continues) this.#words[last + 2] = (this.#words[last + 2] as number) + taken;
    else this.#addVector(low, addressHigh(this.messageLow, this.messageHigh, at), taken);
    return taken;
  }

  /** Whether the vector in words at `vector` ends where `low` is. */
  #isAt(vector: number, low: number): boolean {
    return (((this.#words[vector] as number) + (this.#words[vector + 2] as number)) | 0) === low;
  }

  #addVector(low: number, high: number, length: number): void {
    const at = this.#wordsStart + (vectorsStart >> 2) + this.#vectors++ * 4;
    this.#words[at] = low;
    this.#words[at + 1] = high;
    this.#words[at + 2] = length;
    this.#words[at + 3] = 0;
    if (this.#vectors > 1) return;
    this.addressLow = low;
    this.addressHigh = high;
  }
}

/** The buffers of receives, whose slices are sent from where they lie. */
export class ReadableMemory {
  readonly #buffers: Pick<BufferRing, 'placeOf' | 'placeOfBytes' | 'byteLength'>;
  readonly #low: number;
  readonly #high: number;

  constructor(buffers: Pick<BufferRing, 'placeOf' | 'placeOfBytes' | 'byteLength' | 'pointer'>) {
    this.#buffers = buffers;
    this.#low = lowWord(buffers.pointer);
    this.#high = highWord(buffers.pointer);
  }

  get byteLength(): number {
    return this.#buffers.byteLength;
  }

  /** Offset at which `memory` begins; -1 when it lies elsewhere. */
  placeOf(memory: Uint8Array): number {
    return this.#buffers.placeOf(memory);
  }

  /** Quicker, for memory as it came from a receive; -1 for a view of it, too. */
  placeOfReceived(memory: Uint8Array): number {
    return this.#buffers.placeOfBytes(memory);
  }

  addressLow(offset: number): number {
    return addressLow(this.#low, offset);
  }

  addressHigh(offset: number): number {
    return addressHigh(this.#low, this.#high, offset);
  }
}

/** The stages of one thread. As many are mapped as sends have been under way at a time. */
export class SendMemory implements Disposable {
  readonly #mapper: MemoryMapper;
  readonly #memories: MappedMemory[] = [];
  readonly #free: SendStage[] = [];

  constructor(mapper: MemoryMapper) {
    this.#mapper = mapper;
  }

  /** Undefined when the system has no memory. The one that was given back last comes first: it is in the cache. */
  take(): SendStage | undefined {
    if (this.#free.length === 0) this.#grow();
    return this.#free.pop();
  }

  giveBack(stage: SendStage): void {
    this.#free.push(stage);
  }

  /** No send is under way any more. */
  [Symbol.dispose](): void {
    for (const memory of this.#memories) memory[Symbol.dispose]();
    this.#memories.length = 0;
    this.#free.length = 0;
  }

  #grow(): void {
    const memory = this.#mapper.anonymous(stagesEach * stageStride);
    if (memory === undefined) return;
    this.#memories.push(memory);
    for (let i = 0; i < stagesEach; i++) this.#free.push(new SendStage(memory, i * stageStride));
  }
}
