import type { SchedulableCallback, Timer } from '../../sdk/event.ts';
import type { EventCause, UserEvent } from './dispatcher.ts';

export class ActivatedEvent implements UserEvent {
  readonly #callback: (cause: EventCause) => void;
  readonly #persistent: boolean;
  readonly #active: SchedulableCallback;
  readonly #timer: Timer;
  #pending = false;
  #timeoutMs: number | undefined = undefined;
  #cause: EventCause = 'activated';

  constructor(
    callback: (cause: EventCause) => void,
    persistent: boolean,
    createCallback: (run: () => void) => SchedulableCallback,
    createTimer: (run: () => void) => Timer,
  ) {
    this.#callback = callback;
    this.#persistent = persistent;
    this.#active = createCallback(() => this.#run());
    this.#timer = createTimer(() => {
      this.#cause = 'timeout';
      this.#active.scheduleCallbackCurrentIteration();
    });
  }

  get pending(): boolean {
    return this.#pending || this.#active.enabled;
  }

  add(timeoutMs?: number): void {
    this.#pending = true;
    this.#timeoutMs = timeoutMs;
    if (timeoutMs !== undefined) this.#timer.enableTimer(timeoutMs);
  }

  remove(): void {
    this.#pending = false;
    this.#timer.disableTimer();
    this.#active.cancel();
  }

  activate(): void {
    this.#cause = 'activated';
    this.#active.scheduleCallbackCurrentIteration();
  }

  [Symbol.dispose](): void {
    this.remove();
  }

  #run(): void {
    if (!this.#persistent) this.remove();
    else if (this.#pending && this.#timeoutMs !== undefined) this.#timer.enableTimer(this.#timeoutMs);
    this.#callback(this.#cause);
  }
}
