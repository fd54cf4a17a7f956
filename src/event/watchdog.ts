import type { Dispatcher, Timer } from '../../sdk/event.ts';

/** Touches at most once an interval; a timer does it where nothing else runs. */
export class Watchdog implements Disposable {
  readonly #touch: () => void;
  readonly #timer: Timer;
  readonly #dispatcher: Dispatcher;
  readonly #intervalMs: number;
  #nextTouchMs: number;

  constructor(dispatcher: Dispatcher, touch: () => void, intervalMs: number) {
    this.#dispatcher = dispatcher;
    this.#touch = touch;
    this.#intervalMs = intervalMs;
    this.#nextTouchMs = dispatcher.approximateMonotonicTimeMs() + intervalMs;
    this.#timer = dispatcher.createTimer(() => this.#timer.enableTimer(intervalMs));
    this.#timer.enableTimer(intervalMs);
    touch();
  }

  /** Called before each callback; the timer's own run is one. */
  touch(): void {
    const now = this.#dispatcher.approximateMonotonicTimeMs();
    if (now < this.#nextTouchMs) return;
    this.#nextTouchMs = now + this.#intervalMs;
    this.#touch();
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
  }
}
