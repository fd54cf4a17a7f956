import type { Dispatcher } from '../../../sdk/event.ts';
import type { DrainDecision } from '../../../sdk/network.ts';

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

  get draining(): boolean {
    return this.#startedMs !== undefined || this.#parent?.draining === true;
  }

  startDrain(): void {
    this.#startedMs ??= this.#dispatcher.approximateMonotonicTimeMs();
  }

  drainClose(): boolean {
    if (!this.#modifyOnly && this.#options.healthCheckFailed()) return true;
    if (this.#parent?.drainClose() === true) return true;
    if (this.#startedMs === undefined) return false;
    const { drainTimeMs, strategy } = this.#options;
    if (strategy === 'immediate' || drainTimeMs === 0) return true;
    const elapsedMs = this.#dispatcher.approximateMonotonicTimeMs() - this.#startedMs;
    return elapsedMs >= drainTimeMs || this.#dispatcher.random.random() % drainTimeMs < elapsedMs;
  }
}
