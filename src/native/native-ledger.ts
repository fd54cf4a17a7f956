import ffi from 'node:ffi';
import { type NativeKind, ObjectLedger, objectLedgerBytes, releasedBy } from './object-ledger.ts';

/** Descriptors beyond are not written down: more than any limit on open files that is usual. */
const mostDescriptors = 1 << 20;
const mostMappings = 256;
/** Words: the ring's descriptor + 1, then low half, high half and bytes of each mapping, then a bit for each descriptor. */
const mappingsStart = 1;
const mappingWords = 3;
const descriptorsStart = mappingsStart + mostMappings * mappingWords;
const words = descriptorsStart + mostDescriptors / 32;
/** Behind them, on a boundary of 64 bits, the objects. */
const objectsStartBytes = Math.ceil(words / 2) * 8;

export interface Reclaimed {
  readonly descriptors: number;
  readonly mappings: number;
  readonly objects: number;
}

/**
 * What a thread holds of the system that would outlive it: descriptors, mapped memory and objects of C's libraries. It
 * stands in shared memory, so that another thread can give all of it back when this one was ended without its help
 * (`Worker.terminate`, out of memory). One writer.
 */
export class NativeLedger {
  readonly memory: SharedArrayBuffer;
  /** What one call makes and releases again is not among them. */
  readonly objects: ObjectLedger;
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(objectsStartBytes + objectLedgerBytes)) {
    this.memory = memory;
    this.objects = new ObjectLedger(memory, objectsStartBytes);
    this.#words = new Int32Array(memory, 0, words);
  }

  /** The descriptor of the ring; -1 for none. It is to be closed before all else. */
  setRing(fd: number): void {
    this.#words[0] = fd + 1;
  }

  own(fd: number): void {
    const at = descriptorsStart + (fd >>> 5);
    if (fd >= 0 && at < words) this.#words[at] = (this.#words[at] as number) | (1 << (fd & 31));
  }

  /** To be called before it is closed: afterwards its number may be another's. */
  disown(fd: number): void {
    const at = descriptorsStart + (fd >>> 5);
    if (fd >= 0 && at < words) this.#words[at] = (this.#words[at] as number) & ~(1 << (fd & 31));
  }

  ownMapping(low: number, high: number, bytes: number): void {
    const at = this.#findMapping(0, 0);
    if (at < 0) return;
    this.#words[at] = low;
    this.#words[at + 1] = high;
    this.#words[at + 2] = bytes;
  }

  disownMapping(low: number, high: number): void {
    const at = this.#findMapping(low, high);
    if (at >= 0) this.#words.fill(0, at, at + mappingWords);
  }

  /** Gives back what a thread that has ended still held. Answers how much that was. */
  reclaim(): Reclaimed {
    const library = new ffi.DynamicLibrary(null);
    const objects = this.objects.takeAll(releaser(library));
    const close = library.getFunction('close', { arguments: ['i32'], return: 'i32' });
    const munmap = library.getFunction('munmap', { arguments: ['u64', 'u64'], return: 'i32' });
    const ring = (this.#words[0] as number) - 1;
    // With the ring goes whatever the kernel still had to do with descriptors and memory.
    if (ring >= 0) close(ring);
    const descriptors = this.#descriptors();
    for (const fd of descriptors) close(fd);
    let mappings = 0;
    for (let at = mappingsStart; at < descriptorsStart; at += mappingWords) {
      const bytes = this.#words[at + 2] as number;
      if (bytes === 0) continue;
      mappings++;
      munmap(pointerOf(this.#words[at] as number, this.#words[at + 1] as number), BigInt(bytes));
    }
    this.#words.fill(0);
    return { descriptors: descriptors.length + (ring >= 0 ? 1 : 0), mappings, objects };
  }

  #descriptors(): number[] {
    const all: number[] = [];
    for (let at = descriptorsStart; at < words; at++) {
      for (let word = this.#words[at] as number; word !== 0; word &= word - 1) {
        all.push((at - descriptorsStart) * 32 + 31 - Math.clz32(word & -word));
      }
    }
    return all;
  }

  #findMapping(low: number, high: number): number {
    for (let at = mappingsStart; at < descriptorsStart; at += mappingWords) {
      if (this.#words[at] === low && this.#words[at + 1] === high) return at;
    }
    return -1;
  }
}

function pointerOf(low: number, high: number): bigint {
  return BigInt.asUintN(64, (BigInt(high) << 32n) | BigInt(low >>> 0));
}

function releaser(library: ffi.DynamicLibrary): (kind: NativeKind, pointer: bigint) => void {
  const open = (kind: NativeKind) => library.getFunction(releasedBy[kind], { arguments: ['pointer'], return: 'void' });
  const opened = new Map<NativeKind, ReturnType<typeof open>>();
  return (kind, pointer) => {
    const release = opened.get(kind) ?? open(kind);
    opened.set(kind, release);
    release(pointer);
  };
}
