/**
 * A byte buffer made of slices, with the operations of Envoy's Buffer::Instance (envoy/buffer/buffer.h).
 * Implementation: `SliceBuffer` in src/common/buffer (exported to outsiders by sdk/index.ts through `createBuffer`).
 */

/**
 * Called once, when the last byte of a fragment added by reference has been drained, wherever it was moved to.
 * Whoever drops a buffer drains it first.
 */
export interface FragmentOwner {
  release(): void;
}

export interface Buffer {
  /** Bytes held. */
  readonly length: number;
  /** Copies bytes (a string is written as Latin-1, the encoding of HTTP/1 headers; use `addUtf8` for text). */
  add(data: Uint8Array | string): void;
  addUtf8(text: string): void;
  /** Adds bytes by reference: no copy; `owner.release()` when they have all been drained or dropped. */
  addFragment(data: Uint8Array, owner?: FragmentOwner): void;
  /** Copies bytes to the front. */
  prepend(data: Uint8Array | string): void;
  /** Contiguous writable space of at least `bytes`; what was written becomes content with `commit`. */
  reserve(bytes: number): Uint8Array;
  commit(bytes: number): void;
  /** Number of slices, and the slice at an index, front first: a peek, nothing is drained. */
  readonly sliceCount: number;
  sliceAt(index: number): Uint8Array;
  /** The first `bytes` as one contiguous view (made contiguous when needed). */
  linearize(bytes: number): Uint8Array;
  /** Removes bytes from the front. */
  drain(bytes: number): void;
  /** Takes all, or the first `bytes`, out of `from` without copying, to the end of this one. */
  move(from: Buffer, bytes?: number): void;
  /** Copies `target.length` bytes beginning at `start` into `target`. */
  copyOut(start: number, target: Uint8Array): void;
  /** The byte at an index below `length`. */
  byteAt(index: number): number;
  /** Index of `pattern` at or after `start`, within the first `limit` bytes when given; -1 when absent. */
  search(pattern: Uint8Array, start?: number, limit?: number): number;
  startsWith(prefix: Uint8Array): boolean;
  /** The content as text; Latin-1 by default. Nothing is drained. */
  toString(encoding?: 'latin1' | 'utf8'): string;
  /**
   * `onHigh` fires once when length rises above `highBytes`; `onLow` once when it has fallen to half of it or less
   * (Envoy: low watermark = high / 2). 0 = no limit.
   */
  setWatermarks(highBytes: number, onHigh: () => void, onLow: () => void): void;
  readonly highWatermarkTriggered: boolean;
}
