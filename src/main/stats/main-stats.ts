/**
 * The statistics of the whole process: main's own and every worker's, by name.
 *
 * Whatever a thread has written before a message, a socket write or any other hand-over to main is seen by the next
 * `refresh()`; histograms move on at `flush()` only (`stats_flush_interval`), as Envoy's do.
 */
import { DEFAULT_BUCKETS } from '../../common/stats/histogram-statistics.ts';
import type { StatType } from '../../common/stats/name-log.ts';
import type { StatsOptions } from '../../common/stats/stats-config.ts';
import { createStatsMemory, type StatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { isTaggedStatName, readTaggedStatName } from '../../common/stats/tagged-stat-name.ts';
import type { TaggedName } from '../../common/stats/tags.ts';
import { MergedHistogram } from './merged-histogram.ts';
import { MergedCounter, MergedGauge, type MergedStat, MergedTextReadout } from './merged-stats.ts';
import { RecentLookups } from './recent-lookups.ts';
import { StatIndex } from './stat-index.ts';
import { type StatResolver, ThreadStats } from './thread-stats.ts';

const DEFAULT_OPTIONS: StatsOptions = { accepts: () => true, bucketsFor: () => DEFAULT_BUCKETS };

export class MainStats implements StatResolver {
  /** Main's own statistics. */
  readonly store: StatsStore;
  readonly recentLookups = new RecentLookups();
  readonly #counters = new StatIndex<MergedCounter>();
  readonly #gauges = new StatIndex<MergedGauge>();
  readonly #textReadouts = new StatIndex<MergedTextReadout>();
  readonly #histograms = new StatIndex<MergedHistogram>();
  readonly #threads = new Map<string, ThreadStats>();
  /** Of all kinds, by name. */
  readonly #ownTags = new Map<string, TaggedName>();
  #options = DEFAULT_OPTIONS;

  constructor() {
    const memory = createStatsMemory();
    this.store = new StatsStore(memory);
    this.#threads.set('main_thread', new ThreadStats('main_thread', memory, true, this));
  }

  /** To be called once the bootstrap is known; statistics made before that are judged too. */
  configure(options: StatsOptions): void {
    this.refresh();
    this.#options = options;
    for (const thread of this.#threads.values()) thread.forget((stat) => !options.accepts(stat.name));
    for (const histogram of this.#histograms) histogram.buckets = options.bucketsFor(histogram.name);
  }

  /** A worker starts; `memory` is what its StatsStore is made with. */
  addThread(name: string, memory: StatsMemory): void {
    this.#threads.set(name, new ThreadStats(name, memory, false, this));
  }

  /** A worker is gone: its counters stay while another thread holds them, its gauges go. */
  removeThread(name: string): void {
    this.#threads.get(name)?.releaseAll();
    this.#threads.delete(name);
  }

  /** Takes note of what threads have defined and ended since the last time. */
  refresh(): void {
    for (const thread of this.#threads.values()) thread.refresh();
  }

  /** Refreshes, and lets histograms move on by an interval. */
  flush(): void {
    this.refresh();
    for (const histogram of this.#histograms) histogram.merge();
  }

  get counters(): StatIndex<MergedCounter> {
    this.refresh();
    return this.#counters;
  }

  get gauges(): StatIndex<MergedGauge> {
    this.refresh();
    return this.#gauges;
  }

  get textReadouts(): StatIndex<MergedTextReadout> {
    this.refresh();
    return this.#textReadouts;
  }

  get histograms(): StatIndex<MergedHistogram> {
    this.refresh();
    return this.#histograms;
  }

  /** Statistics that found no room in their thread's memory. */
  get dropped(): number {
    let dropped = 0;
    for (const thread of this.#threads.values()) dropped += thread.dropped;
    return dropped;
  }

  resetCounters(): void {
    for (const counter of this.counters) counter.reset();
  }

  resolve(type: StatType, unit: string, prefix: string, suffix: string): MergedStat | undefined {
    if (isTaggedStatName(prefix) || isTaggedStatName(suffix)) return this.#resolveTagged(type, unit, prefix + suffix);
    this.recentLookups.lookup(prefix, suffix);
    if (!this.#options.accepts(prefix + suffix)) return undefined;
    const index = this.#indexOf(type);
    const known = index.get(prefix, suffix);
    if (known !== undefined) return known;
    const stat = this.#create(type, unit, prefix, suffix);
    index.add(stat);
    return stat;
  }

  drop(stat: MergedStat): void {
    this.#indexOf(stat.type).delete(stat);
    if (this.#ownTags.size > 0) this.#ownTags.delete(stat.name);
  }

  /** Of a statistic that was given tags; of others, patterns find them in the name. */
  ownTags(name: string): TaggedName | undefined {
    return this.#ownTags.get(name);
  }

  #resolveTagged(type: StatType, unit: string, text: string): MergedStat | undefined {
    const tagged = readTaggedStatName(text);
    const { name } = tagged;
    const dot = name.lastIndexOf('.') + 1;
    const stat = this.resolve(type, unit, name.slice(0, dot), name.slice(dot));
    if (stat !== undefined) this.#ownTags.set(name, tagged);
    return stat;
  }

  #create(type: StatType, unit: string, prefix: string, suffix: string): MergedStat {
    if (type === 'counter') return new MergedCounter(prefix, suffix);
    if (type === 'text') return new MergedTextReadout(prefix, suffix);
    if (type !== 'histogram') return new MergedGauge(prefix, suffix, type);
    return new MergedHistogram(prefix, suffix, unit, this.#options.bucketsFor(prefix + suffix));
  }

  #indexOf(type: StatType): StatIndex<MergedStat> {
    const indexes = {
      counter: this.#counters,
      gauge: this.#gauges,
      gauge_main: this.#gauges,
      gauge_hidden: this.#gauges,
      text: this.#textReadouts,
      histogram: this.#histograms,
    };
    return indexes[type] as unknown as StatIndex<MergedStat>;
  }
}
