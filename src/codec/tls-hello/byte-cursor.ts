/** Reads big-endian fields off bytes. A field that is cut off is -1 or undefined, and nothing more is read then. */
export class ByteCursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  u8(): number {
    return this.#unsigned(1);
  }

  u16(): number {
    return this.#unsigned(2);
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array | undefined {
    if (length < 0 || length > this.left) return undefined;
    const start = this.#at;
    this.#at += length;
    return this.#bytes.subarray(start, this.#at);
  }

  /** Bytes behind their length of one byte. */
  prefixed8(): Uint8Array | undefined {
    return this.take(this.u8());
  }

  /** Bytes behind their length of two bytes. */
  prefixed16(): Uint8Array | undefined {
    return this.take(this.u16());
  }

  #unsigned(bytes: number): number {
    if (this.left < bytes) {
      this.#at = this.#bytes.length;
      return -1;
    }
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + (this.#bytes[this.#at++] as number);
    return value;
  }
}

/** All whole 16-bit numbers; a byte that is left over is no number. */
export function numbersOf(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  for (let i = 0; i + 1 < bytes.length; i += 2) numbers.push((bytes[i] as number) * 256 + (bytes[i + 1] as number));
  return numbers;
}
