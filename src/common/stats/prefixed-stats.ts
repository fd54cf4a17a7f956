import type { Counter, Gauge, GaugeImportMode, Scope } from '../../../sdk/stats.ts';

/**
 * Statistics named by a prefix that is no scope: colons and dots of it stay, as in Envoy's statPrefixJoin. NUL is `_`, since it ends
 * names where we keep them.
 */
export class PrefixedStats {
  readonly #scope: Scope;
  readonly #prefix: string;

  constructor(scope: Scope, prefix: string) {
    this.#scope = scope;
    const name = prefix.replaceAll('\0', '_');
    this.#prefix = name === '' || name.endsWith('.') ? name : `${name}.`;
  }

  counter(name: string): Counter {
    return this.#scope.counter(this.#prefix + name);
  }

  gauge(name: string, mode?: GaugeImportMode): Gauge {
    return this.#scope.gauge(this.#prefix + name, mode);
  }
}
