import type {
  AcceptsStat,
  Counter,
  Gauge,
  GaugeImportMode,
  Histogram,
  HistogramUnit,
  Scope,
  TextReadout,
} from '../../../sdk/stats.ts';

/**
 * A scope whose end is that of all scopes made from it: what extensions of a listener or filter chain name goes when that
 * goes, whether or not they think of it.
 */
export class OwningScope implements Scope {
  readonly #inner: Scope;
  readonly #onEnd: ((scope: OwningScope) => void) | undefined;
  readonly #children = new Set<OwningScope>();

  /** @param inner is ended with it; nobody else may. */
  constructor(inner: Scope, onEnd?: (scope: OwningScope) => void) {
    this.#inner = inner;
    this.#onEnd = onEnd;
  }

  get prefix(): string {
    return this.#inner.prefix;
  }

  counter(name: string): Counter {
    return this.#inner.counter(name);
  }

  gauge(name: string, mode?: GaugeImportMode): Gauge {
    return this.#inner.gauge(name, mode);
  }

  histogram(name: string, unit: HistogramUnit): Histogram {
    return this.#inner.histogram(name, unit);
  }

  textReadout(name: string): TextReadout {
    return this.#inner.textReadout(name);
  }

  scope(name: string, accepts?: AcceptsStat): OwningScope {
    const child = new OwningScope(this.#inner.scope(name, accepts), (ended) => this.#children.delete(ended));
    this.#children.add(child);
    return child;
  }

  [Symbol.dispose](): void {
    for (const child of [...this.#children]) child[Symbol.dispose]();
    this.#inner[Symbol.dispose]();
    this.#onEnd?.(this);
  }
}
