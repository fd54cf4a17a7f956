import type { StatsSink } from '../../../sdk/stats-sink.ts';
import { NamedStat } from '../../common/stats/sinks/named-stat.ts';
import type { TagProducer } from '../../common/stats/tags.ts';
import type { EndpointStat } from './endpoint-stat.ts';
import type { MainStats } from './main-stats.ts';
import { STATS_A_TURN } from './merged-stats.ts';

/** What sinks are told of. */
export interface FlushedStats {
  readonly stats: MainStats;
  readonly tags: TagProducer;
  endpointStats(): Iterable<EndpointStat>;
}

/** Tells sinks what is in use: counters, then gauges, of each kind those of endpoints last. */
export class SinkFlush {
  readonly #flushed: FlushedStats;
  /** Counters of endpoints at the last flush: they are in no store that would remember. */
  #endpointTotals = new Map<string, number>();

  constructor(flushed: FlushedStats) {
    this.#flushed = flushed;
  }

  /** One flush, in turns. */
  *run(sinks: readonly StatsSink[]): Generator<undefined, undefined, undefined> {
    const { stats, tags } = this.#flushed;
    let seen = 0;
    for (const counter of stats.counters) {
      if (++seen % STATS_A_TURN === 0) yield;
      if (!counter.used) continue;
      const delta = counter.latch();
      const stat = new NamedStat(counter.name, tags, stats.ownTags(counter.name));
      for (const sink of sinks) sink.counter(stat, delta);
    }
    this.#endpointCounters(sinks);
    for (const gauge of stats.gauges) {
      if (++seen % STATS_A_TURN === 0) yield;
      if (!gauge.used || gauge.hidden) continue;
      const stat = new NamedStat(gauge.name, tags, stats.ownTags(gauge.name));
      for (const sink of sinks) sink.gauge(stat, gauge.value);
    }
    for (const stat of this.#flushed.endpointStats()) {
      if (stat.kind === 'Gauges') for (const sink of sinks) sink.gauge(stat, stat.value);
    }
    for (const sink of sinks) sink.endFlush();
  }

  #endpointCounters(sinks: readonly StatsSink[]): void {
    const totals = new Map<string, number>();
    for (const stat of this.#flushed.endpointStats()) {
      if (stat.kind !== 'Counters') continue;
      totals.set(stat.name, stat.value);
      const delta = stat.value - (this.#endpointTotals.get(stat.name) ?? 0);
      for (const sink of sinks) sink.counter(stat, delta);
    }
    this.#endpointTotals = totals;
  }
}
