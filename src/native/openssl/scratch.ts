import type { MappedMemory } from '../mapped-memory.ts';

/** A page for what C answers by way of pointers. What is in it holds until the next call that uses it. */
export class Scratch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly pointer: bigint;
  readonly #words: Int32Array;
  readonly #pointers: BigUint64Array;

  constructor(memory: MappedMemory) {
    this.bytes = memory.bytes;
    this.pointer = memory.pointer;
    this.#words = new Int32Array(memory.bytes.buffer);
    this.#pointers = new BigUint64Array(memory.bytes.buffer);
  }

  /** The int at a place counted in ints. */
  intAt(index: number): number {
    return this.#words[index] as number;
  }

  writeInt(index: number, value: number): void {
    this.#words[index] = value;
  }

  pointerAt(index: number): bigint {
    return this.#pointers[index] as bigint;
  }

  writePointer(index: number, value: bigint): void {
    this.#pointers[index] = value;
  }

  /** The C string at its beginning. */
  text(): string {
    let text = '';
    for (let i = 0; this.bytes[i] !== 0 && i < this.bytes.length; i++)
      text += String.fromCharCode(this.bytes[i] as number);
    return text;
  }
}
