import type { Dispatcher, Random, SchedulableCallback, Timer, TimeSource } from '../../sdk/event.ts';

/**
 * A dispatcher for callbacks of extensions: what one of them throws goes to `onFault`, so that it ends what the callback
 * belongs to (a stream, a connection) and never the thread.
 */
export class GuardedDispatcher implements Dispatcher {
  readonly name: string;
  readonly timeSource: TimeSource;
  readonly random: Random;
  readonly #inner: Dispatcher;
  readonly #onFault: (error: unknown) => void;

  /** Of a dispatcher that is guarded already it takes the one within: the nearest guard alone hears of a fault. */
  constructor(dispatcher: Dispatcher, onFault: (error: unknown) => void) {
    const inner = dispatcher instanceof GuardedDispatcher ? dispatcher.#inner : dispatcher;
    this.#inner = inner;
    this.#onFault = onFault;
    this.name = inner.name;
    this.timeSource = inner.timeSource;
    this.random = inner.random;
  }

  approximateMonotonicTimeMs(): number {
    return this.#inner.approximateMonotonicTimeMs();
  }

  updateApproximateMonotonicTime(): void {
    this.#inner.updateApproximateMonotonicTime();
  }

  createTimer(callback: () => void): Timer {
    return this.#inner.createTimer(() => this.#run(callback));
  }

  createSchedulableCallback(callback: () => void): SchedulableCallback {
    return this.#inner.createSchedulableCallback(() => this.#run(callback));
  }

  post(callback: () => void): void {
    this.#inner.post(() => this.#run(callback));
  }

  deferredDelete(object: Disposable): void {
    this.#inner.deferredDelete({ [Symbol.dispose]: () => this.#run(() => object[Symbol.dispose]()) });
  }

  #run(callback: () => void): void {
    try {
      callback();
    } catch (error) {
      this.#onFault(error);
    }
  }
}
