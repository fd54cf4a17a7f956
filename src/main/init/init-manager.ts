/** Waits for parts that must be ready before something begins (envoy/init/manager.h). */

/** A part that takes time to be ready; it says so through `ready()` once `initialize` was called. */
export interface InitTarget {
  readonly name: string;
  initialize(ready: () => void): void;
}

/** What is still awaited, for /init_dump. */
export interface UnreadyTargets {
  readonly name: string;
  readonly targetNames: readonly string[];
}

export class InitManager {
  readonly name: string;
  readonly #targets: InitTarget[] = [];
  readonly #unready = new Set<InitTarget>();
  #state: 'uninitialized' | 'initializing' | 'initialized' = 'uninitialized';
  #watcher: (() => void) | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get state(): 'uninitialized' | 'initializing' | 'initialized' {
    return this.#state;
  }

  get unready(): UnreadyTargets {
    const waiting = this.#state === 'uninitialized' ? this.#targets : [...this.#unready];
    return { name: this.name, targetNames: waiting.map((target) => target.name) };
  }

  /** A target added while others initialise is started at once; after that it is an error of ours. */
  add(target: InitTarget): void {
    if (this.#state === 'initialized') throw new Error(`${this.name}: target ${target.name} comes too late`);
    this.#targets.push(target);
    if (this.#state === 'initializing') this.#start(target);
  }

  /** Starts every target; `watcher` is called once when all are ready, at once when there are none. */
  initialize(watcher: () => void): void {
    if (this.#state !== 'uninitialized') throw new Error(`${this.name} is initialized twice`);
    this.#state = 'initializing';
    this.#watcher = watcher;
    for (const target of this.#targets) this.#unready.add(target);
    for (const target of [...this.#targets]) target.initialize(() => this.#onReady(target));
    this.#finishIfReady();
  }

  /** The watcher is not told any more: its owner is gone. */
  cancel(): void {
    this.#watcher = undefined;
  }

  #start(target: InitTarget): void {
    this.#unready.add(target);
    target.initialize(() => this.#onReady(target));
  }

  #onReady(target: InitTarget): void {
    if (this.#unready.delete(target)) this.#finishIfReady();
  }

  #finishIfReady(): void {
    if (this.#state !== 'initializing' || this.#unready.size > 0) return;
    this.#state = 'initialized';
    const watcher = this.#watcher;
    this.#watcher = undefined;
    watcher?.();
  }
}
