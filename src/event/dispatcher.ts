import type { Dispatcher } from '../../sdk/event.ts';
import type { FileEvent, FileTrigger } from './file-event.ts';

export { type FileEvent, type FileTrigger, fileReady } from './file-event.ts';

/**
 * How long `run` goes on (Envoy's Dispatcher::RunType).
 * - `Block`: until no timer is enabled and no callback scheduled.
 * - `NonBlock`: what is due now, once.
 * - `RunUntilExit`: until `exit()`; the process stays alive meanwhile.
 */
export type RunType = 'Block' | 'NonBlock' | 'RunUntilExit';

/** Processed in this order within an iteration; `normal` is that of timers and schedulable callbacks. */
export type EventPriority = 'high' | 'normal' | 'low';

/** Why an event's callback runs. */
export type EventCause = 'activated' | 'timeout';

export interface EventOptions {
  readonly priority?: EventPriority;
  /** Stays added when it has run; otherwise it is removed just before. */
  readonly persistent?: boolean;
}

/** An event that is activated by hand, with an optional timeout (libevent's user events). */
export interface UserEvent extends Disposable {
  /** Makes the event pending; with `timeoutMs`, it runs for that cause when it was not activated in time. */
  add(timeoutMs?: number): void;
  remove(): void;
  /** Runs the callback in this iteration; of an event that was not added, too. */
  activate(): void;
  readonly pending: boolean;
}

/** One turn of the loop, in microseconds (Envoy's `loop_duration_us` and `poll_delay_us`). */
export type LoopStatsSink = (loopDurationUs: number, pollDelayUs: number) => void;

/** The whole dispatcher, for those who own a thread; filters see the smaller `Dispatcher` of the sdk. */
export interface LoopDispatcher extends Dispatcher {
  /**
   * Watches a descriptor, Linux's; throws for one that cannot be. The callback gets the bits of `fileReady` that hold. What
   * is watched does not keep the process alive.
   */
  createFileEvent(fd: number, callback: (events: number) => void, trigger: FileTrigger, events: number): FileEvent;
  createEvent(callback: (cause: EventCause) => void, options?: EventOptions): UserEvent;
  /** Runs `callback` in the loop whenever the process gets the signal, until disposed. Main thread only. */
  listenForSignal(signal: NodeJS.Signals, callback: () => void): Disposable;
  /** Disposes what waits for deferred deletion at once. */
  clearDeferredDeleteList(): void;
  /**
   * `touch` is called while the loop makes progress, at most every `minIntervalMs`, and at least that often in a
   * loop that idles.
   */
  registerWatchdog(touch: () => void, minIntervalMs: number): Disposable;
  /** From now on `sink` gets the figures of every iteration that had work. */
  initializeStats(sink: LoopStatsSink): void;
  run(type: RunType): Promise<void>;
  exit(): void;
  /** Drops posted callbacks, disposes what was to be deleted, and stops all timers: the end of the thread. */
  shutdown(): void;
}
