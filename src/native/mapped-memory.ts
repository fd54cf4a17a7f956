import ffi from 'node:ffi';
import type { NativeLedger } from './native-ledger.ts';

/** prot: read and write; flags: private and anonymous (mmap(2); the same on x64 and arm64). */
const readWrite = 3;
const privateAnonymous = 0x22;

/** How a thread maps and unmaps memory. */
export class MemoryMapper {
  readonly #mmap: (hint: bigint, bytes: bigint, prot: number, flags: number, fd: number, offset: bigint) => bigint;
  readonly #munmap: (pointer: bigint, bytes: bigint) => number;
  readonly #ledger: NativeLedger | undefined;

  /** @param ledger where mappings are written down */
  constructor(ledger?: NativeLedger) {
    this.#ledger = ledger;
    const library = new ffi.DynamicLibrary(null);
    this.#mmap = library.getFunction('mmap', {
      arguments: ['u64', 'u64', 'i32', 'i32', 'i32', 'i64'],
      return: 'pointer',
    });
    this.#munmap = library.getFunction('munmap', { arguments: ['pointer', 'u64'], return: 'i32' });
  }

  /** Zeroed memory that takes up space as it is touched; undefined when the system refuses. */
  anonymous(bytes: number): MappedMemory | undefined {
    return this.map(bytes, privateAnonymous, -1, 0);
  }

  map(bytes: number, flags: number, fd: number, offset: number): MappedMemory | undefined {
    const pointer = this.#mmap(0n, BigInt(bytes), readWrite, flags, fd, BigInt(offset));
    if (pointer === undefined || BigInt.asIntN(64, pointer) === -1n) return undefined;
    this.#ledger?.ownMapping(lowWord(pointer), highWord(pointer), bytes);
    return new MappedMemory(pointer, bytes, () => this.#unmap(pointer, bytes));
  }

  #unmap(pointer: bigint, bytes: number): void {
    this.#ledger?.disownMapping(lowWord(pointer), highWord(pointer));
    this.#munmap(pointer, BigInt(bytes));
  }
}

/**
 * Memory outside of the garbage collector's reach, which the kernel may read and write at any time. After it was
 * disposed of, touching its bytes ends the process.
 */
export class MappedMemory implements Disposable {
  readonly pointer: bigint;
  readonly byteLength: number;
  #bytes: Uint8Array<ArrayBuffer> | undefined = undefined;
  readonly #unmap: () => void;
  #mapped = true;

  constructor(pointer: bigint, bytes: number, unmap: () => void) {
    this.pointer = pointer;
    this.byteLength = bytes;
    this.#unmap = unmap;
  }

  /** All of it. */
  get bytes(): Uint8Array<ArrayBuffer> {
    this.#bytes ??= this.view(0, this.byteLength);
    return this.#bytes;
  }

  /**
   * A part, as an ArrayBuffer of its own. V8 takes what ArrayBuffers reach for memory in use, touched or not, and collects
   * all garbage for each 64 MiB of it: of large memory only those parts should be looked at that are needed.
   */
  view(start: number, bytes: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(ffi.toArrayBuffer(this.pointer + BigInt(start), bytes, false));
  }

  [Symbol.dispose](): void {
    if (!this.#mapped) return;
    this.#mapped = false;
    this.#unmap();
  }
}

/** The two halves of an address, as signed words: calls and arrays of 32 bits are the fast ones. */
export function lowWord(pointer: bigint): number {
  return Number(BigInt.asIntN(32, pointer));
}

export function highWord(pointer: bigint): number {
  return Number(BigInt.asIntN(32, pointer >> 32n));
}

/** Halves of the address `offset` (below 2 ** 31) bytes behind another one. */
export function addressLow(low: number, offset: number): number {
  return (low + offset) | 0;
}

export function addressHigh(low: number, high: number, offset: number): number {
  return (low >>> 0) + offset > 0xffff_ffff ? (high + 1) | 0 : high;
}
