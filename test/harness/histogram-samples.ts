import { MainStats } from '../../src/main/stats/main-stats.ts';

/** How many values the histograms of a thread have got, as main sees them. */
export class HistogramSamples {
  readonly #main = new MainStats();

  constructor(memory: Parameters<MainStats['addThread']>[1]) {
    this.#main.addThread('worker_0', memory);
  }

  of(name: string): number {
    this.#main.flush();
    const histogram = [...this.#main.histograms].find((known) => known.name === name);
    return histogram?.cumulative.counts.reduce((sum, count) => sum + count, 0) ?? 0;
  }
}
