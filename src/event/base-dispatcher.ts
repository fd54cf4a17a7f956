import type { Random, SchedulableCallback, Timer, TimeSource } from '../../sdk/event.ts';
import { ActiveQueue } from './active-queue.ts';
import type { EventCause, EventOptions, LoopDispatcher, LoopStatsSink, RunType, UserEvent } from './dispatcher.ts';
import { type FileEvent, type FileTrigger, type FileWatch, WatchedFileEvent } from './file-event.ts';
import { TimerQueue } from './timer-queue.ts';
import { ActivatedEvent } from './user-event.ts';
import { Watchdog } from './watchdog.ts';

/**
 * What both dispatchers do alike: the order of things within one iteration. Timers that are due run first, then the
 * active callbacks in the order in which they were scheduled. Posting and deferred deletion are such callbacks, as in
 * Envoy; before posted callbacks run, what waits for deletion is deleted.
 *
 * A subclass says when an iteration happens: `wake` asks for one soon, `onTimersChanged` tells that another moment may
 * have become the next one of interest.
 */
export abstract class BaseDispatcher implements LoopDispatcher {
  readonly name: string;
  readonly timeSource: TimeSource;
  readonly random: Random;
  protected readonly timers: TimerQueue;
  readonly #active: ActiveQueue;
  readonly #postCallback: SchedulableCallback;
  readonly #deleteCallback: SchedulableCallback;
  #posted: (() => void)[] = [];
  #toDelete: Disposable[] = [];
  #deleting = false;
  #watchdog: Watchdog | undefined = undefined;
  #statsSink: LoopStatsSink | undefined = undefined;
  readonly #beforeEach = (): void => this.#watchdog?.touch();

  constructor(name: string, timeSource: TimeSource, random: Random) {
    this.name = name;
    this.timeSource = timeSource;
    this.random = random;
    this.timers = new TimerQueue(this);
    this.#active = new ActiveQueue(() => this.wake());
    this.#postCallback = this.#active.create(() => this.#runPosted());
    this.#deleteCallback = this.#active.create(() => this.clearDeferredDeleteList());
  }

  abstract approximateMonotonicTimeMs(): number;
  abstract updateApproximateMonotonicTime(): void;
  abstract onTimersChanged(): void;
  abstract listenForSignal(signal: NodeJS.Signals, callback: () => void): Disposable;
  abstract run(type: RunType): Promise<void>;
  abstract exit(): void;
  protected abstract wake(): void;
  protected abstract watchFile(
    fd: number,
    trigger: FileTrigger,
    events: number,
    onReady: (events: number) => void,
  ): FileWatch;

  createTimer(callback: () => void): Timer {
    return this.timers.create(callback);
  }

  createSchedulableCallback(callback: () => void): SchedulableCallback {
    return this.#active.create(callback);
  }

  createEvent(callback: (cause: EventCause) => void, options: EventOptions = {}): UserEvent {
    return new ActivatedEvent(
      callback,
      options.persistent ?? false,
      (run) => this.#active.create(run, options.priority),
      (run) => this.timers.create(run),
    );
  }

  createFileEvent(fd: number, callback: (events: number) => void, trigger: FileTrigger, events: number): FileEvent {
    return new WatchedFileEvent(
      callback,
      (event) =>
        this.watchFile(fd, trigger, events, (ready) => {
          this.#beforeEach();
          event.onReady(ready);
        }),
      (run) => this.#active.create(run),
    );
  }

  post(callback: () => void): void {
    this.#posted.push(callback);
    if (this.#posted.length === 1) this.#postCallback.scheduleCallbackCurrentIteration();
  }

  deferredDelete(object: Disposable): void {
    this.#toDelete.push(object);
    if (this.#toDelete.length === 1) this.#deleteCallback.scheduleCallbackCurrentIteration();
  }

  clearDeferredDeleteList(): void {
    const objects = this.#toDelete;
    if (this.#deleting || objects.length === 0) return;
    this.#toDelete = [];
    this.#deleting = true;
    try {
      for (const object of objects) object[Symbol.dispose]();
    } finally {
      this.#deleting = false;
    }
  }

  registerWatchdog(touch: () => void, minIntervalMs: number): Disposable {
    const watchdog = new Watchdog(this, touch, minIntervalMs);
    this.#watchdog = watchdog;
    return {
      [Symbol.dispose]: () => {
        watchdog[Symbol.dispose]();
        if (this.#watchdog === watchdog) this.#watchdog = undefined;
      },
    };
  }

  initializeStats(sink: LoopStatsSink): void {
    this.#statsSink = sink;
  }

  shutdown(): void {
    this.#posted = [];
    for (let round = 0; round < 100 && this.#toDelete.length > 0; round++) this.clearDeferredDeleteList();
    this.#watchdog?.[Symbol.dispose]();
    this.#watchdog = undefined;
    this.#active.clear();
    this.timers.clear();
    this.exit();
  }

  /** Nothing is scheduled, posted or timed. */
  protected get idle(): boolean {
    return this.#active.empty && this.timers.count === (this.#watchdog === undefined ? 0 : 1);
  }

  protected get hasActive(): boolean {
    return !this.#active.empty;
  }

  protected get collectsStats(): boolean {
    return this.#statsSink !== undefined;
  }

  protected runDueTimers(): void {
    const now = this.approximateMonotonicTimeMs();
    if (this.timers.nextDueMs() <= now) this.timers.runDue(now, this.#beforeEach);
  }

  protected runActive(): void {
    this.#active.run(this.#beforeEach);
  }

  protected endIteration(): void {
    this.#active.endIteration();
  }

  protected reportIteration(loopDurationUs: number, pollDelayUs: number): void {
    this.#statsSink?.(loopDurationUs, pollDelayUs);
  }

  #runPosted(): void {
    this.clearDeferredDeleteList();
    const callbacks = this.#posted;
    this.#posted = [];
    for (const callback of callbacks) {
      this.#beforeEach();
      callback();
    }
  }
}
