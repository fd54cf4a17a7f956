import ffi from 'node:ffi';
import { highWord, lowWord, type MappedMemory, type MemoryMapper } from '../mapped-memory.ts';
import type { ObjectLedger } from '../object-ledger.ts';
import type { Functions } from './functions.ts';

/** Bytes that go through at once, in each of the two directions. */
export const wireBytes = 65_536;

/** BIO_ctrl(3), bio.h. */
const reset = 1;
const setMemoryEofReturn = 130;
const getMemoryPointer = 115;
/** The memory of what was written is not cleared at each reset. */
const keepOnReset = 0x400;
/** So much output gathers before its memory is used from the front again: a reset is a call, and costs as much as a record. */
const resetAboveBytes = 65_536;

/** Words of a BUF_MEM (buffer.h): length, data, max; 64 bits each. */
const lengthAt = 0;
const dataAt = 2;
const maxAt = 4;
const bufMemBytes = 32;

/**
 * What connections read from and write to, one for all of a thread: each call of OpenSSL is given all that was received
 * and its output is taken at once, so nothing stays here between two calls. The bytes are handed over by the words of
 * memory BIOs themselves (their BUF_MEM), since a call for each costs more than it does.
 */
export class Wire implements Disposable {
  /** Where received bytes are put before `offer`. */
  readonly received: Uint8Array<ArrayBuffer>;
  /** Where plaintext lies: what was read, or what is to be written. */
  readonly plaintext: Uint8Array<ArrayBuffer>;
  readonly plaintextPointer: bigint;
  readonly #call: Functions;
  readonly #receivedMemory: MappedMemory;
  readonly #plaintextMemory: MappedMemory;
  readonly #input: bigint;
  readonly #inputWords: Int32Array;
  readonly #receivedLow: number;
  readonly #receivedHigh: number;
  readonly #output: bigint;
  readonly #outputWords: Int32Array;
  #outputBytes = new Uint8Array(0);
  #outputLow = 0;
  #outputHigh = 0;
  #outputMax = 0;
  #taken = 0;

  /** @param objects what its BIOs are released with */
  constructor(call: Functions, mapper: MemoryMapper, objects: ObjectLedger) {
    this.#call = call;
    this.#receivedMemory = mapped(mapper);
    this.#plaintextMemory = mapped(mapper);
    this.#receivedLow = lowWord(this.#receivedMemory.pointer);
    this.#receivedHigh = highWord(this.#receivedMemory.pointer);
    this.received = this.#receivedMemory.bytes;
    this.plaintext = this.#plaintextMemory.bytes;
    this.plaintextPointer = this.#plaintextMemory.pointer;
    this.#input = call.BIO_new_mem_buf(this.#receivedMemory.pointer, wireBytes);
    objects.own('bio', this.#input);
    call.BIO_ctrl(this.#input, setMemoryEofReturn, -1n, 0n);
    this.#inputWords = this.#bufMem(this.#input);
    this.offer(0);
    this.#output = call.BIO_new(call.BIO_s_mem());
    objects.own('bio', this.#output);
    call.BIO_ctrl(this.#output, setMemoryEofReturn, -1n, 0n);
    call.BIO_set_flags(this.#output, keepOnReset);
    this.#outputWords = this.#bufMem(this.#output);
  }

  /** Both ends for a new connection, which then holds a reference of each. */
  attach(ssl: bigint): void {
    this.#call.BIO_up_ref(this.#input);
    this.#call.BIO_up_ref(this.#output);
    this.#call.SSL_set_bio(ssl, this.#input, this.#output);
  }

  /** The first `bytes` of `received` are what the next call finds. */
  offer(bytes: number): void {
    const words = this.#inputWords;
    words[lengthAt] = bytes;
    words[lengthAt + 1] = 0;
    words[dataAt] = this.#receivedLow;
    words[dataAt + 1] = this.#receivedHigh;
    words[maxAt] = wireBytes;
    words[maxAt + 1] = 0;
  }

  /** Of the bytes offered, those that no call has taken. */
  get unread(): number {
    return this.#inputWords[lengthAt] as number;
  }

  /** Bytes written that were not taken. */
  get outputLength(): number {
    return (this.#outputWords[lengthAt] as number) - this.#taken;
  }

  /** Hands the memory of what was written to `take`, which copies it, and forgets it. */
  takeOutput(take: (memory: Uint8Array, start: number, end: number) => void): void {
    const end = this.#outputWords[lengthAt] as number;
    if (end > this.#taken) take(this.#outputMemory(), this.#taken, end);
    this.#taken = end;
    if (end > resetAboveBytes) this.dropOutput();
  }

  /** The alert that ends what was written, in the clear, becomes another one; 0 = what was written is dropped. */
  replaceAlert(description: number): void {
    if (this.outputLength === 0) return;
    if (description === 0) this.dropOutput();
    else this.#outputMemory()[(this.#outputWords[lengthAt] as number) - 1] = description;
  }

  /** With `keepOnReset` the length stays unless we take it away; the reset makes it known to the BIO's reading end. */
  dropOutput(): void {
    this.#outputWords[lengthAt] = 0;
    this.#outputWords[lengthAt + 1] = 0;
    this.#call.BIO_ctrl(this.#output, reset, 0n, 0n);
    this.#taken = 0;
  }

  /** It moves when it grows. */
  #outputMemory(): Uint8Array {
    const words = this.#outputWords;
    const low = words[dataAt] as number;
    const high = words[dataAt + 1] as number;
    const max = words[maxAt] as number;
    if (low !== this.#outputLow || high !== this.#outputHigh || max !== this.#outputMax) {
      const pointer = (BigInt(high) << 32n) | BigInt(low >>> 0);
      this.#outputBytes = new Uint8Array(ffi.toArrayBuffer(pointer, max, false));
      this.#outputLow = low;
      this.#outputHigh = high;
      this.#outputMax = max;
    }
    return this.#outputBytes;
  }

  #bufMem(bio: bigint): Int32Array {
    const slot = new BigUint64Array(1);
    this.#call.BIO_ctrl(bio, getMemoryPointer, 0n, ffi.getRawPointer(slot));
    return new Int32Array(ffi.toArrayBuffer(slot[0] as bigint, bufMemBytes, false));
  }

  /** Only after the connections: their BIOs read from here. */
  [Symbol.dispose](): void {
    this.#receivedMemory[Symbol.dispose]();
    this.#plaintextMemory[Symbol.dispose]();
  }
}

function mapped(mapper: MemoryMapper): MappedMemory {
  const memory = mapper.anonymous(wireBytes);
  if (memory === undefined) throw new Error('no memory for TLS');
  return memory;
}
