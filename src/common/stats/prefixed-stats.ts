import type { Counter, Gauge, GaugeImportMode, Scope } from '../../../sdk/stats.ts';

/** Statistics named by a prefix that is no scope: colons and dots of it stay, as in Envoy's statPrefixJoin. */
export class PrefixedStats {
  readonly #scope: Scope;
  readonly #prefix: string;

  constructor(scope: Scope, prefix: string) {
    this.#scope = scope;
    this.#prefix = prefix === '' || prefix.endsWith('.') ? prefix : `${prefix}.`;
  }

  counter(name: string): Counter {
    return this.#scope.counter(this.#prefix + name);
  }

  gauge(name: string, mode?: GaugeImportMode): Gauge {
    return this.#scope.gauge(this.#prefix + name, mode);
  }
}
