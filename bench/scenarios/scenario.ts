import type { Peer } from '../peers/peer.ts';

/** One column of a scenario's table. */
export interface Figure {
  readonly key: string;
  readonly heading: string;
  /** Whether a proxy is better with more of it or with less; what the ratios are made of. */
  readonly better: 'more' | 'less';
}

export type Figures = Readonly<Record<string, number>>;

export interface BenchOptions {
  /** Of one measurement. */
  readonly seconds: number;
  /** Of load before a measurement. */
  readonly warmUpSeconds: number;
  /** Where the proxy runs, and where load and backend run. */
  readonly proxyCpu: number;
  readonly loadCpu: number;
  readonly idleConnections: number;
  /** Entries of the large tables. */
  readonly tableSize: number;
}

/** Something to measure of each proxy that can do it. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** The first one is what the ratios are about. */
  readonly figures: readonly Figure[];
  supports(peer: Peer): boolean;
  measure(peer: Peer, program: string, options: BenchOptions): Promise<Figures>;
}
