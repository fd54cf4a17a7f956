import type { StreamCallbacks, StreamResetReason } from '../../../sdk/codec.ts';

/** Who hears of a stream's reset and of its write side's watermarks (Envoy's StreamCallbackHelper). */
export class StreamCallbackList {
  #callbacks: StreamCallbacks[] = [];
  /** Reasons to hold back: those who come late are told at once. */
  #highWatermarks = 0;
  #isReset = false;

  add(callbacks: StreamCallbacks): void {
    this.#callbacks.push(callbacks);
    for (let i = 0; i < this.#highWatermarks; i++) callbacks.onAboveWriteBufferHighWatermark();
  }

  remove(callbacks: StreamCallbacks): void {
    const at = this.#callbacks.indexOf(callbacks);
    if (at >= 0) this.#callbacks = this.#callbacks.toSpliced(at, 1);
  }

  runReset(reason: StreamResetReason, details: string): void {
    if (this.#isReset) return;
    this.#isReset = true;
    for (const callbacks of this.#callbacks) callbacks.onResetStream(reason, details);
  }

  runHighWatermark(): void {
    this.#highWatermarks++;
    for (const callbacks of this.#callbacks) callbacks.onAboveWriteBufferHighWatermark();
  }

  runLowWatermark(): void {
    if (this.#highWatermarks === 0) return;
    this.#highWatermarks--;
    for (const callbacks of this.#callbacks) callbacks.onBelowWriteBufferLowWatermark();
  }
}
