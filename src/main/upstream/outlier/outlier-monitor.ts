import { type Origin, OutlierCounts, type OutlierCountsPlace } from '../../../common/upstream/outlier-counts.ts';
import type { ManagedHost } from '../managed-host.ts';

/** Of an interval. */
export interface SuccessRate {
  /** Percent. */
  readonly rate: number;
  readonly volume: number;
}

/** What a detector knows of a host (Envoy's DetectorHostMonitorImpl on the main thread). */
export class OutlierMonitor {
  readonly host: ManagedHost;
  readonly counts: OutlierCounts;
  ejections = 0;
  /** How often the base time of an ejection counts. */
  backOff = 0;
  jitterMs = 0;
  /** Monotonic ms. */
  lastEjectionMs: number | undefined = undefined;
  lastUnejectionMs: number | undefined = undefined;
  /** Percent of the last interval, as /clusters shows it; -1 = too few requests. */
  readonly successRates: Record<Origin, number> = { external: -1, local: -1 };
  readonly #seen: Record<Origin, { readonly total: number; readonly good: number }>;
  readonly #interval: Record<Origin, SuccessRate | undefined> = { external: undefined, local: undefined };

  constructor(host: ManagedHost, place: OutlierCountsPlace) {
    this.host = host;
    this.counts = new OutlierCounts(place);
    this.#seen = { external: this.counts.requests('external'), local: this.counts.requests('local') };
  }

  get isEjected(): boolean {
    return this.host.hasFlag('failed_outlier_check');
  }

  /** An interval is over: what came in it is what rates are of. */
  endInterval(): void {
    this.#endInterval('external');
    this.#endInterval('local');
  }

  /** Of the interval that is over; undefined without requests. */
  successRate(origin: Origin): SuccessRate | undefined {
    return this.#interval[origin];
  }

  forgetFailures(): void {
    this.counts.endFailures('5xx');
    this.counts.endFailures('gateway');
    this.counts.endFailures('localOrigin');
  }

  #endInterval(origin: Origin): void {
    const before = this.#seen[origin];
    const now = this.counts.requests(origin);
    const volume = (now.total - before.total) | 0;
    this.#seen[origin] = now;
    this.#interval[origin] =
      volume <= 0 ? undefined : { rate: (((now.good - before.good) | 0) * 100) / volume, volume };
    this.successRates[origin] = -1;
  }
}
