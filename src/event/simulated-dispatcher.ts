import type { Random, TimeSource } from '../../sdk/event.ts';
import { BaseDispatcher } from './base-dispatcher.ts';
import type { RunType } from './dispatcher.ts';
import type { FileWatch } from './file-event.ts';
import { SeededRandom } from './random.ts';
import { SimulatedFiles } from './simulated-files.ts';

/** Iterations without time passing, after which a simulation is taken to run in circles. */
const endlessIterations = 1_000_000;

/**
 * Virtual time, shared by the dispatchers of one simulation. It moves only in `advance`; each dispatcher runs one
 * iteration in turn, in the order in which they were made.
 */
export class SimulatedTime implements TimeSource {
  readonly #dispatchers: SimulatedDispatcher[] = [];
  readonly #epochMs: number;
  #nowMs = 0;

  /** @param epochMs the wall clock's reading at the start. */
  constructor(epochMs = 1_700_000_000_000) {
    this.#epochMs = epochMs;
  }

  systemTimeMs(): number {
    return this.#epochMs + this.#nowMs;
  }

  monotonicTimeMs(): number {
    return this.#nowMs;
  }

  add(dispatcher: SimulatedDispatcher): void {
    this.#dispatchers.push(dispatcher);
  }

  /** A dispatcher whose thread has ended. */
  remove(dispatcher: SimulatedDispatcher): void {
    const at = this.#dispatchers.indexOf(dispatcher);
    if (at >= 0) this.#dispatchers.splice(at, 1);
  }

  /** Runs all that is due, without time passing, until nothing is left to do; false when there was nothing. */
  runUntilIdle(): boolean {
    for (let round = 0; round < endlessIterations; round++) {
      let worked = false;
      for (const dispatcher of [...this.#dispatchers]) worked = dispatcher.runIteration() || worked;
      if (!worked) return round > 0;
    }
    throw new Error('the simulation does not come to rest');
  }

  /** As `runUntilIdle`, and promises that this settles have brought about what they do. */
  async settle(): Promise<void> {
    do await new Promise(setImmediate);
    while (this.runUntilIdle());
  }

  /** As `advance`, settling promises at every stop. */
  async advanceSettled(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await this.settle();
    for (let nextMs = this.nextExpiryMs(); nextMs <= endMs; nextMs = this.nextExpiryMs()) {
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      await this.settle();
    }
    this.#nowMs = endMs;
    await this.settle();
  }

  /** Lets `ms` pass, stopping at every timer on the way; what is due at the end has run. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    this.runUntilIdle();
    for (let nextMs = this.nextExpiryMs(); nextMs <= endMs; nextMs = this.nextExpiryMs()) {
      this.#nowMs = Math.max(this.#nowMs, nextMs);
      this.runUntilIdle();
    }
    this.#nowMs = endMs;
    this.runUntilIdle();
  }

  /** Lets time pass until the next timer and runs it; false when no timer is enabled. */
  advanceToNextTimer(): boolean {
    this.runUntilIdle();
    const nextMs = this.nextExpiryMs();
    if (nextMs === Number.POSITIVE_INFINITY) return false;
    this.advance(Math.max(0, nextMs - this.#nowMs));
    return true;
  }

  /** When the next timer of any dispatcher expires; Infinity when none is enabled. */
  nextExpiryMs(): number {
    return this.#dispatchers.reduce((least, each) => Math.min(least, each.nextExpiryMs()), Number.POSITIVE_INFINITY);
  }
}

/** A dispatcher that only runs when its `SimulatedTime` is told to go on. Equal seeds give equal runs. */
export class SimulatedDispatcher extends BaseDispatcher {
  readonly time: SimulatedTime;
  readonly #files = new SimulatedFiles();
  #iterationMs = -1;
  #running = false;
  #exited = false;
  readonly #signals = new Map<string, Set<() => void>>();

  constructor(name: string, time: SimulatedTime, random: Random = new SeededRandom(1)) {
    super(name, time, random);
    this.time = time;
    time.add(this);
  }

  approximateMonotonicTimeMs(): number {
    return this.#iterationMs < 0 ? this.time.monotonicTimeMs() : this.#iterationMs;
  }

  updateApproximateMonotonicTime(): void {
    if (this.#iterationMs >= 0) this.#iterationMs = this.time.monotonicTimeMs();
  }

  onTimersChanged(): void {}

  /** When its next timer expires; Infinity when none is enabled. */
  nextExpiryMs(): number {
    return this.timers.nextDueMs();
  }

  listenForSignal(signal: NodeJS.Signals, callback: () => void): Disposable {
    const callbacks = this.#signals.get(signal) ?? new Set();
    this.#signals.set(signal, callbacks);
    callbacks.add(callback);
    return { [Symbol.dispose]: () => callbacks.delete(callback) };
  }

  /** As if the process had got the signal. */
  raise(signal: NodeJS.Signals): void {
    for (const callback of this.#signals.get(signal) ?? []) this.post(callback);
  }

  /** One turn; false when there was nothing to do. */
  runIteration(): boolean {
    if (this.#running) throw new Error(`${this.name} is run from within itself`);
    this.#iterationMs = this.time.monotonicTimeMs();
    if (!this.hasActive && !this.#files.hasReady && this.timers.nextDueMs() > this.#iterationMs) {
      this.#iterationMs = -1;
      return false;
    }
    this.#running = true;
    try {
      this.runDueTimers();
      this.#files.run();
      this.runActive();
      this.endIteration();
    } finally {
      this.#running = false;
      this.#iterationMs = -1;
    }
    this.reportIteration(0, 0);
    return true;
  }

  /** Time passes as far as it has to: for `RunUntilExit`, timer after timer until `exit()` or none is left. */
  async run(type: RunType): Promise<void> {
    this.#exited = false;
    if (type === 'NonBlock') {
      this.runIteration();
      return;
    }
    this.time.runUntilIdle();
    while (!this.#exited && !(type === 'Block' && this.idle)) {
      if (!this.time.advanceToNextTimer()) return;
    }
  }

  exit(): void {
    this.#exited = true;
  }

  /** From now on `fd` is ready for these events, 0 = none. */
  setFileReady(fd: number, events: number): void {
    this.#files.setReady(fd, events);
  }

  protected watchFile(...[fd, trigger, events, onReady]: Parameters<SimulatedFiles['watch']>): FileWatch {
    return this.#files.watch(fd, trigger, events, onReady);
  }

  protected wake(): void {}
}
