/** Time, timers and deferred work: the part of Envoy's Event::Dispatcher that filters see (envoy/event/dispatcher.h). */

export interface TimeSource {
  /** Milliseconds since the Unix epoch, with a fraction (microseconds). */
  systemTimeMs(): number;
  /** Milliseconds of a clock that never goes back, with a fraction. */
  monotonicTimeMs(): number;
}

/** One-shot timer. Enabling and disabling are O(1) and allocate nothing: one per request is cheap. */
export interface Timer extends Disposable {
  enableTimer(ms: number): void;
  disableTimer(): void;
  readonly enabled: boolean;
}

export interface SchedulableCallback extends Disposable {
  scheduleCallbackCurrentIteration(): void;
  scheduleCallbackNextIteration(): void;
  cancel(): void;
  readonly enabled: boolean;
}

export interface Random {
  /** A uniform integer in [0, 2^53). Seeded in simulation. */
  random(): number;
  /** A random UUID, version 4. */
  uuid(): string;
}

export interface Dispatcher {
  /** `main_thread` or `worker_<n>`. */
  readonly name: string;
  readonly timeSource: TimeSource;
  readonly random: Random;
  /** Monotonic milliseconds as last read in this loop iteration: free to call. */
  approximateMonotonicTimeMs(): number;
  /** Reads the clock anew for `approximateMonotonicTimeMs`: once an event, so that all who handle it share the look. */
  updateApproximateMonotonicTime(): void;
  createTimer(callback: () => void): Timer;
  createSchedulableCallback(callback: () => void): SchedulableCallback;
  /** Runs `callback` later in this loop, on this thread; other threads are reached by slots. */
  post(callback: () => void): void;
  /** Disposes the object when the current callbacks have returned. */
  deferredDelete(object: Disposable): void;
}
