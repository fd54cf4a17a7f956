import type { Dispatcher, Timer } from '../../sdk/event.ts';

/** No deadline. */
export const NEVER = Number.POSITIVE_INFINITY;

/**
 * One timer for all deadlines of a connection, its streams among them. A deadline that moves on (idle timeouts) is a number that
 * its owner changes: the timer is enabled only when something is due before it fires, and looks again when it does.
 */
export class DeadlineTimer implements Disposable {
  readonly #dispatcher: Dispatcher;
  /** Handles what is due, and answers when something is due next. */
  readonly #onDue: (nowMs: number) => number;
  #timer: Timer | undefined = undefined;
  #armedForMs = NEVER;

  constructor(dispatcher: Dispatcher, onDue: (nowMs: number) => number) {
    this.#dispatcher = dispatcher;
    this.#onDue = onDue;
  }

  /** Makes sure that `onDue` is called at `deadlineMs` (monotonic) or earlier. */
  arm(deadlineMs: number): void {
    if (deadlineMs >= this.#armedForMs) return;
    this.#armedForMs = deadlineMs;
    this.#timer ??= this.#dispatcher.createTimer(() => this.#fire());
    this.#timer.enableTimer(Math.max(0, deadlineMs - this.#dispatcher.approximateMonotonicTimeMs()));
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    // Nothing is armed again.
    this.#armedForMs = Number.NEGATIVE_INFINITY;
  }

  #fire(): void {
    this.#armedForMs = NEVER;
    this.arm(this.#onDue(this.#dispatcher.approximateMonotonicTimeMs()));
  }
}
