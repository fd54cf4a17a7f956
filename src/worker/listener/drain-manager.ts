import type { Dispatcher } from '../../../sdk/event.ts';
import type { DrainDecision, DrainWindow } from '../../../sdk/network.ts';

export interface DrainOptions {
  /** --drain-time-s, in ms. */
  readonly drainTimeMs: number;
  readonly strategy: 'gradual' | 'immediate';
  /** Whether /healthcheck/fail was called: drain_type DEFAULT then closes connections as they go. */
  readonly healthCheckFailed: () => boolean;
}

/**
 * Whether a connection is to be closed because its listener drains (Envoy's DrainManagerImpl). Drawn by chance with a
 * probability that rises over the drain time, so that clients do not come back all at once.
 */
export class DrainManager implements DrainDecision {
  readonly #dispatcher: Dispatcher;
  readonly #options: DrainOptions;
  readonly #modifyOnly: boolean;
  readonly #parent: DrainManager | undefined;
  #startedMs: number | undefined = undefined;

  constructor(dispatcher: Dispatcher, options: DrainOptions, modifyOnly = false, parent?: DrainManager) {
    this.#dispatcher = dispatcher;
    this.#options = options;
    this.#modifyOnly = modifyOnly;
    this.#parent = parent;
  }

  /** Whether this very one drains, its parent aside. */
  get started(): boolean {
    return this.#startedMs !== undefined;
  }

  /** Undefined as long as neither this one nor its parent drains. */
  get window(): DrainWindow | undefined {
    if (this.#startedMs === undefined) return this.#parent?.window;
    return { startedMs: this.#startedMs, drainTimeMs: this.#options.drainTimeMs };
  }

  startDrain(): void {
    this.#startedMs ??= this.#dispatcher.approximateMonotonicTimeMs();
  }

  drainClose(): boolean {
    if (!this.#modifyOnly && this.#options.healthCheckFailed()) return true;
    if (this.#parent?.drainClose() === true) return true;
    if (this.#startedMs === undefined) return false;
    const { drainTimeMs, strategy } = this.#options;
    if (strategy === 'immediate') return true;
    // In whole seconds, as Envoy draws.
    const leftMs = this.#startedMs + drainTimeMs - this.#dispatcher.approximateMonotonicTimeMs();
    const drainSeconds = Math.floor(drainTimeMs / 1000);
    if (leftMs <= 0 || drainSeconds === 0) return true;
    const elapsedSeconds = drainSeconds - Math.floor(leftMs / 1000);
    return elapsedSeconds > this.#dispatcher.random.random() % drainSeconds;
  }
}
