import type { Dispatcher, Timer } from '../../sdk/event.ts';
import type { ScaledTimeouts, ScaledTimer } from '../../sdk/extension.ts';

/** A timeout that becomes shorter or longer while it runs, as far as the overload manager says so. */
export class ScaledTimeout implements Disposable {
  readonly #dispatcher: Dispatcher;
  readonly #kind: ScaledTimer;
  readonly #timeouts: ScaledTimeouts | undefined;
  readonly #timer: Timer;
  readonly #watch: Disposable | undefined;
  #sinceMs = 0;
  #timeoutMs = 0;

  /** @param timeouts undefined = none is ever shortened */
  constructor(dispatcher: Dispatcher, kind: ScaledTimer, timeouts: ScaledTimeouts | undefined, onTimeout: () => void) {
    this.#dispatcher = dispatcher;
    this.#kind = kind;
    this.#timeouts = timeouts;
    this.#timer = dispatcher.createTimer(onTimeout);
    this.#watch = timeouts?.watch(() => this.#rescale());
  }

  start(timeoutMs: number): void {
    this.#timeoutMs = timeoutMs;
    this.#sinceMs = this.#dispatcher.timeSource.monotonicTimeMs();
    this.#timer.enableTimer(this.#scaledMs());
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]();
    this.#timer[Symbol.dispose]();
  }

  #rescale(): void {
    if (!this.#timer.enabled) return;
    const passedMs = this.#dispatcher.timeSource.monotonicTimeMs() - this.#sinceMs;
    this.#timer.enableTimer(Math.max(0, this.#scaledMs() - passedMs));
  }

  #scaledMs(): number {
    return this.#timeouts?.scale(this.#kind, this.#timeoutMs) ?? this.#timeoutMs;
  }
}
