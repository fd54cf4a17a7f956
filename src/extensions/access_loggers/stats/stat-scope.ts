import type { ServerFactoryContext } from '../../../../sdk/extension.ts';
import type { Counter, Gauge, Histogram, HistogramUnit, Scope } from '../../../../sdk/stats.ts';
import { NameLimit } from './name-limit.ts';
import type { ScopeConfig, StatKind } from './scope-config.ts';
import { SharedGauge } from './shared-gauge.ts';

interface Entry {
  readonly kind: StatKind;
  readonly stat: Counter | Gauge | Histogram | SharedGauge;
  /** Ends the statistic on this thread; undefined for one that stays. */
  readonly scope: Scope | undefined;
  /** Since the last look. */
  isUsed: boolean;
}

/** The statistics of a logger, or of those that share them, on one thread: made when they are first counted. */
export class StatScope {
  readonly #context: ServerFactoryContext;
  readonly #scope: Scope;
  readonly #isEvictable: boolean;
  readonly #limits: Readonly<Record<StatKind, NameLimit | undefined>>;
  readonly #entries = new Map<string, Entry>();

  /** @param key of its limits: the same on all threads */
  constructor({ prefix, max, isEvictable }: ScopeConfig, key: string, context: ServerFactoryContext) {
    this.#context = context;
    this.#scope = context.scope.scope(prefix);
    const intervalMs = context.statsEvictionIntervalMs;
    this.#isEvictable = isEvictable && intervalMs > 0;
    const limit = (kind: StatKind): NameLimit | undefined => {
      const names = max[kind];
      return names === undefined ? undefined : new NameLimit(`${key} ${kind}`, names, context);
    };
    this.#limits = { counter: limit('counter'), gauge: limit('gauge'), histogram: limit('histogram') };
    if (this.#isEvictable) this.#evictEvery(intervalMs);
  }

  /** Each undefined where there are as many as there may be. */
  counter(name: string): Counter | undefined {
    return this.#find('counter', name, (scope) => scope.counter(name)) as Counter | undefined;
  }

  gauge(name: string): Gauge | undefined {
    return this.#find('gauge', name, (scope) => scope.gauge(name)) as Gauge | undefined;
  }

  /** Is not forgotten: nobody counts in it what another has to take back. */
  sharedGauge(name: string): SharedGauge | undefined {
    const make = (scope: Scope) =>
      new SharedGauge(scope.gauge(name), this.#context.sharedNumber(`gauge ${scope.prefix}${name}`));
    return this.#find('gauge', name, make, ' shared') as SharedGauge | undefined;
  }

  histogram(name: string, unit: HistogramUnit): Histogram | undefined {
    return this.#find('histogram', name, (scope) => scope.histogram(name, unit)) as Histogram | undefined;
  }

  #find(kind: StatKind, name: string, make: (scope: Scope) => Entry['stat'], as = ''): Entry['stat'] | undefined {
    const key = `${kind}${as} ${name}`;
    const known = this.#entries.get(key);
    if (known !== undefined) {
      known.isUsed = true;
      return known.stat;
    }
    const limit = this.#limits[kind];
    if (limit !== undefined && !limit.admit(name)) return undefined;
    const scope = this.#isEvictable && as === '' ? this.#scope.scope('') : undefined;
    const entry = { kind, stat: make(scope ?? this.#scope), scope, isUsed: true };
    this.#entries.set(key, entry);
    return entry.stat;
  }

  #evictEvery(intervalMs: number): void {
    const timer = this.#context.dispatcher.createTimer(() => {
      this.#evict();
      timer.enableTimer(intervalMs);
    });
    timer.enableTimer(intervalMs);
  }

  #evict(): void {
    for (const [key, entry] of this.#entries) {
      if (entry.scope === undefined) continue;
      if (entry.isUsed || isInUse(entry)) {
        entry.isUsed = false;
        continue;
      }
      entry.scope[Symbol.dispose]();
      this.#entries.delete(key);
      this.#limits[entry.kind]?.leave(key.slice(entry.kind.length + 1));
    }
  }
}

/** A gauge that is up has somebody who will take it down. */
function isInUse({ kind, stat }: Entry): boolean {
  return kind === 'gauge' && (stat as Gauge).value !== 0;
}
