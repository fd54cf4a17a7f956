import type { Dispatcher } from '../../../../../sdk/event.ts';

/** The last answer of what is behind us, kept until the next tick of a steady clock (Envoy's HealthCheckCacheManager). */
export class HealthCheckCache {
  readonly #dispatcher: Dispatcher;
  readonly #cacheTimeMs: number;
  #keptInPeriod = -1;
  status = 503;
  degraded = false;

  constructor(dispatcher: Dispatcher, cacheTimeMs: number) {
    this.#dispatcher = dispatcher;
    this.#cacheTimeMs = cacheTimeMs;
  }

  get isFresh(): boolean {
    return this.#period() === this.#keptInPeriod;
  }

  keep(status: number, degraded: boolean): void {
    this.status = status;
    this.degraded = degraded;
    this.#keptInPeriod = this.#period();
  }

  #period(): number {
    return Math.floor(this.#dispatcher.approximateMonotonicTimeMs() / this.#cacheTimeMs);
  }
}
