import type { StreamCallbacks, StreamResetReason } from '../../../sdk/codec.ts';

const none: readonly StreamCallbacks[] = [];

/** Who hears of a stream's reset and of its write side's watermarks (Envoy's StreamCallbackHelper). */
export class StreamCallbackList {
  /** One downstream, two upstream (the pool's and the router's): they need no list. */
  #first: StreamCallbacks | undefined = undefined;
  #second: StreamCallbacks | undefined = undefined;
  #others: readonly StreamCallbacks[] = none;
  /** Reasons to hold back: those who come late are told at once. */
  #highWatermarks = 0;
  #isReset = false;

  add(callbacks: StreamCallbacks): void {
    if (this.#first === undefined) this.#first = callbacks;
    else if (this.#second === undefined) this.#second = callbacks;
    else this.#others = [...this.#others, callbacks];
    for (let i = 0; i < this.#highWatermarks; i++) callbacks.onAboveWriteBufferHighWatermark();
  }

  remove(callbacks: StreamCallbacks): void {
    if (this.#first === callbacks) this.#first = undefined;
    else if (this.#second === callbacks) this.#second = undefined;
    else this.#others = this.#others.filter((other) => other !== callbacks);
  }

  runReset(reason: StreamResetReason, details: string): void {
    if (this.#isReset) return;
    this.#isReset = true;
    const second = this.#second;
    const others = this.#others;
    this.#first?.onResetStream(reason, details);
    second?.onResetStream(reason, details);
    for (const callbacks of others) callbacks.onResetStream(reason, details);
  }

  runHighWatermark(): void {
    this.#highWatermarks++;
    const second = this.#second;
    const others = this.#others;
    this.#first?.onAboveWriteBufferHighWatermark();
    second?.onAboveWriteBufferHighWatermark();
    for (const callbacks of others) callbacks.onAboveWriteBufferHighWatermark();
  }

  runLowWatermark(): void {
    if (this.#highWatermarks === 0) return;
    this.#highWatermarks--;
    const second = this.#second;
    const others = this.#others;
    this.#first?.onBelowWriteBufferLowWatermark();
    second?.onBelowWriteBufferLowWatermark();
    for (const callbacks of others) callbacks.onBelowWriteBufferLowWatermark();
  }
}
