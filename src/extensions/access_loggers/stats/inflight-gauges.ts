import type { Gauge } from '../../../../sdk/stats.ts';
import type { FilterState, FilterStateObject } from '../../../../sdk/stream-info.ts';
import type { StatScope } from './stat-scope.ts';

const KEY = 'envoy.access_loggers.stats.access_log_state';

interface Inflight {
  readonly gauge: Gauge;
  readonly owner: object;
  value: number;
}

/** What a stream has added to gauges and must take back, at the latest when it ends. */
export class InflightGauges implements FilterStateObject {
  /** As in Envoy, that of the logger which adds first, for all of the stream. */
  readonly #scope: StatScope;
  readonly #inflight = new Map<string, Inflight>();

  constructor(scope: StatScope) {
    this.#scope = scope;
  }

  /** A stream's; made where there is none. */
  static of(filterState: FilterState, scope: StatScope): InflightGauges {
    const known = InflightGauges.known(filterState);
    if (known !== undefined) return known;
    const made = new InflightGauges(scope);
    filterState.set(KEY, made, false, 'Request');
    return made;
  }

  static known(filterState: FilterState): InflightGauges | undefined {
    return filterState.get(KEY) as InflightGauges | undefined;
  }

  serializeAsString(): undefined {
    return undefined;
  }

  /** @param owner whose end takes back what is left */
  add(name: string, value: number, owner: object): void {
    if (value === 0) return;
    const known = this.#inflight.get(name);
    const gauge = known?.gauge ?? this.#scope.gauge(name);
    if (gauge === undefined) return;
    if (known === undefined) this.#inflight.set(name, { gauge, owner, value });
    else known.value += value;
    gauge.add(value);
  }

  /** False: nothing was added. */
  subtract(name: string, value: number): boolean {
    if (value === 0) return true;
    const known = this.#inflight.get(name);
    if (known === undefined) {
      this.#scope.gauge(name);
      return false;
    }
    known.gauge.sub(value);
    known.value -= value;
    if (known.value === 0) this.#inflight.delete(name);
    return true;
  }

  end(owner: object): void {
    for (const [name, { gauge, value, owner: other }] of this.#inflight) {
      if (other !== owner) continue;
      gauge.sub(value);
      this.#inflight.delete(name);
    }
  }
}
