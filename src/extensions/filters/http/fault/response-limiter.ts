import type { Buffer } from '../../../../../sdk/buffer.ts';
import type { Dispatcher, Timer } from '../../../../../sdk/event.ts';
import type { EncoderFilterCallbacks, FilterTrailersStatus } from '../../../../../sdk/http.ts';
import { SliceBuffer } from '../../../../common/buffer/slice-buffer.ts';

const SLICE_MS = 50;
const SLICES_A_SECOND = 1000 / SLICE_MS;

/** Lets a response's body through at so many KiB a second, in slices of 50 ms (Envoy's StreamRateLimiter). */
export class ResponseLimiter implements Disposable {
  readonly #bytesPerSlice: number;
  readonly #callbacks: EncoderFilterCallbacks;
  readonly #dispatcher: Dispatcher;
  readonly #held = new SliceBuffer();
  readonly #timer: Timer;
  /** Slices that may go out now, at most a second's; and when there was the first of them. */
  #slices = 1;
  #countedAtMs: number;
  #sawEnd = false;
  #sawTrailers = false;
  #disposed = false;

  constructor(kbps: number, callbacks: EncoderFilterCallbacks, dispatcher: Dispatcher) {
    this.#bytesPerSlice = Math.max(1, Math.floor((kbps * 1024) / SLICES_A_SECOND));
    this.#callbacks = callbacks;
    this.#dispatcher = dispatcher;
    this.#countedAtMs = dispatcher.timeSource.monotonicTimeMs();
    this.#held.setWatermarks(
      callbacks.encoderBufferLimitBytes,
      () => callbacks.onEncoderFilterAboveWriteBufferHighWatermark(),
      () => callbacks.onEncoderFilterBelowWriteBufferLowWatermark(),
    );
    this.#timer = dispatcher.createTimer(() => this.#onTimer());
  }

  write(data: Buffer, endStream: boolean): void {
    this.#held.move(data);
    this.#sawEnd = endStream;
    // Not before the filter chain has returned.
    if (!this.#timer.enabled) this.#timer.enableTimer(0);
  }

  onTrailers(): FilterTrailersStatus {
    this.#sawTrailers = true;
    return this.#held.length > 0 || this.#timer.enabled ? 'StopIteration' : 'Continue';
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    this.#timer[Symbol.dispose]();
    this.#held.drain(this.#held.length);
  }

  #onTimer(): void {
    this.#refill();
    const slices = Math.min(Math.ceil(this.#held.length / this.#bytesPerSlice), Math.floor(this.#slices));
    this.#slices -= slices;
    const part = new SliceBuffer();
    part.move(this.#held, Math.min(slices * this.#bytesPerSlice, this.#held.length));
    const isLast = this.#held.length === 0;
    if (!isLast) this.#timer.enableTimer(Math.max(1, Math.ceil((1 - this.#slices) * SLICE_MS)));
    if (part.length === 0 && !isLast) return;
    this.#callbacks.injectEncodedDataToFilterChain(part, this.#sawEnd && isLast && !this.#sawTrailers);
    if (isLast && this.#sawTrailers && !this.#disposed) this.#callbacks.continueEncoding();
  }

  #refill(): void {
    const nowMs = this.#dispatcher.timeSource.monotonicTimeMs();
    this.#slices = Math.min(SLICES_A_SECOND, this.#slices + (nowMs - this.#countedAtMs) / SLICE_MS);
    this.#countedAtMs = nowMs;
  }
}
