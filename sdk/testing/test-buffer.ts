import type { Buffer, FragmentOwner } from '../buffer.ts';

/** A Buffer as one plain array of bytes: slow, and easy to be sure of. */
export class TestBuffer implements Buffer {
  #bytes: Uint8Array = new Uint8Array();
  #reserved: Uint8Array = new Uint8Array();
  #highBytes = 0;
  #onHigh: () => void = () => {};
  #onLow: () => void = () => {};
  highWatermarkTriggered = false;

  constructor(content: string | Uint8Array = '') {
    if (typeof content === 'string') this.addUtf8(content);
    else this.add(content);
  }

  get length(): number {
    return this.#bytes.length;
  }

  add(data: Uint8Array | string): void {
    this.#set([this.#bytes, toBytes(data)]);
  }

  addUtf8(text: string): void {
    this.#set([this.#bytes, new TextEncoder().encode(text)]);
  }

  addFragment(data: Uint8Array, owner?: FragmentOwner): void {
    this.add(data);
    owner?.release();
  }

  prepend(data: Uint8Array | string): void {
    this.#set([toBytes(data), this.#bytes]);
  }

  reserve(bytes: number): Uint8Array {
    this.#reserved = new Uint8Array(bytes);
    return this.#reserved;
  }

  commit(bytes: number): void {
    this.add(this.#reserved.slice(0, bytes));
  }

  get sliceCount(): number {
    return this.length === 0 ? 0 : 1;
  }

  sliceAt(_index: number): Uint8Array {
    return this.#bytes;
  }

  linearize(bytes: number): Uint8Array {
    return this.#bytes.subarray(0, bytes);
  }

  drain(bytes: number): void {
    this.#bytes = this.#bytes.slice(bytes);
    if (!this.highWatermarkTriggered || this.length > this.#highBytes / 2) return;
    this.highWatermarkTriggered = false;
    this.#onLow();
  }

  move(from: Buffer, bytes = from.length): void {
    const moved = from.linearize(bytes).slice();
    from.drain(bytes);
    this.add(moved);
  }

  copyOut(start: number, target: Uint8Array): void {
    target.set(this.#bytes.subarray(start, start + target.length));
  }

  byteAt(index: number): number {
    return this.#bytes[index] ?? 0;
  }

  search(pattern: Uint8Array, start = 0, limit = this.length): number {
    const end = Math.min(limit, this.length) - pattern.length;
    for (let at = start; at <= end; at++) {
      if (pattern.every((byte, i) => this.#bytes[at + i] === byte)) return at;
    }
    return -1;
  }

  startsWith(prefix: Uint8Array): boolean {
    return this.search(prefix, 0, prefix.length) === 0;
  }

  toString(encoding: 'latin1' | 'utf8' = 'latin1'): string {
    if (encoding === 'utf8') return new TextDecoder().decode(this.#bytes);
    return Array.from(this.#bytes, (byte) => String.fromCharCode(byte)).join('');
  }

  setWatermarks(highBytes: number, onHigh: () => void, onLow: () => void): void {
    this.#highBytes = highBytes;
    this.#onHigh = onHigh;
    this.#onLow = onLow;
  }

  #set(parts: readonly Uint8Array[]): void {
    const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#bytes = bytes;
    if (this.highWatermarkTriggered || this.#highBytes === 0 || this.length <= this.#highBytes) return;
    this.highWatermarkTriggered = true;
    this.#onHigh();
  }
}

function toBytes(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? Uint8Array.from(data, (char) => char.charCodeAt(0)) : data;
}
