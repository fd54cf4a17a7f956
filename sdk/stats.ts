/** Counters, gauges, histograms under dotted names (envoy/stats/). One writer a thread; main sums. */

export interface Counter {
  readonly name: string;
  inc(): void;
  add(by: number): void;
  /** This thread's value. */
  readonly value: number;
}

export interface Gauge {
  readonly name: string;
  inc(): void;
  dec(): void;
  add(by: number): void;
  sub(by: number): void;
  set(value: number): void;
  readonly value: number;
}

export type HistogramUnit = 'unspecified' | 'bytes' | 'microseconds' | 'milliseconds' | 'percent';

export interface Histogram {
  readonly name: string;
  readonly unit: HistogramUnit;
  recordValue(value: number): void;
}

export interface TextReadout {
  readonly name: string;
  set(value: string): void;
}

/**
 * How the threads' gauges become one number: summed (`accumulate`, so what several threads `set` adds up), or main's
 * alone (`never_import`). `hidden`: the largest; pages show it when asked (`hidden=include`), sinks never.
 */
export type GaugeImportMode = 'accumulate' | 'never_import' | 'hidden';

/**
 * A prefix of names. Asking twice for a name gives the same object; statistics live while a scope that named them does.
 * Scopes made by `scope()` live on their own: disposing their parent does not end them. Look statistics up when a
 * configuration is made, not by request: a look-up is a search by name, an add is one instruction.
 */
export interface Scope extends Disposable {
  /** With the trailing dot, or ''. */
  readonly prefix: string;
  counter(name: string): Counter;
  gauge(name: string, mode?: GaugeImportMode): Gauge;
  histogram(name: string, unit: HistogramUnit): Histogram;
  textReadout(name: string): TextReadout;
  /**
   * @param accepts which of its statistics are kept, and of the scopes made from it, by their whole names; default: as
   * this one does. What is not kept may be counted, nobody will see it.
   */
  scope(name: string, accepts?: AcceptsStat): Scope;
}
export type AcceptsStat = (name: string) => boolean;
