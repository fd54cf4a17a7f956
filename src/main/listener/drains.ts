import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { ManagedListener } from './managed-listener.ts';

/** Listeners and filter chains that went, each with the time that its connections have left. */
export class Drains implements Disposable {
  readonly #dispatcher: Dispatcher;
  readonly #drainTimeMs: number;
  readonly #listeners = new Set<ManagedListener>();
  readonly #timers = new Set<Timer>();
  #lastUpdate = 0;

  constructor(dispatcher: Dispatcher, drainTimeMs: number) {
    this.#dispatcher = dispatcher;
    this.#drainTimeMs = drainTimeMs;
  }

  get listeners(): readonly ManagedListener[] {
    return [...this.#listeners];
  }

  addListener(listener: ManagedListener, onOver: () => void): void {
    this.#listeners.add(listener);
    this.#after(() => {
      this.#listeners.delete(listener);
      onOver();
    });
  }

  /** The number of the in-place update that dropped the chains. */
  addChains(onOver: () => void): number {
    this.#after(onOver);
    return ++this.#lastUpdate;
  }

  [Symbol.dispose](): void {
    for (const timer of this.#timers) timer[Symbol.dispose]();
    this.#timers.clear();
    this.#listeners.clear();
  }

  #after(onOver: () => void): void {
    const timer = this.#dispatcher.createTimer(() => {
      this.#timers.delete(timer);
      onOver();
    });
    this.#timers.add(timer);
    timer.enableTimer(this.#drainTimeMs);
  }
}
