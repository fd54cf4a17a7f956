/**
 * A thread's statistics. Single-threaded: only `memory` is seen by others, and only main reads it.
 *
 * A name is cut after its last dot, so `scope('a').counter('b.c')` and `scope('a.b').counter('c')` are one statistic,
 * and what all statistics of a cluster share is kept (and sent) once.
 */
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
import { HeldStats } from './held-stats.ts';
import {
  type BinCount,
  HiddenGauge,
  MainOnlyGauge,
  type SampleTap,
  type StatOwner,
  TappedHistogram,
  ThreadCounter,
  ThreadGauge,
  ThreadHistogram,
  type ThreadStat,
  ThreadTextReadout,
} from './metrics.ts';
import { type GaugeType, NameLogWriter, type StatType } from './name-log.ts';
import { NameTable, type StatNodeEntry } from './name-table.ts';
import { NO_SLOT, SlotAllocator } from './slot-allocator.ts';
import { scopePrefix } from './stat-name.ts';
import type { StatsMemory } from './stats-memory.ts';

const GAUGE_TYPES: Readonly<Record<GaugeImportMode, GaugeType>> = {
  accumulate: 'gauge',
  never_import: 'gauge_main',
  hidden: 'gauge_hidden',
};

export class StatsStore implements StatOwner {
  readonly memory: StatsMemory;
  readonly #log: NameLogWriter;
  readonly #slots: SlotAllocator;
  readonly #names: NameTable;
  #tap: SampleTap | undefined = undefined;

  /** Writes to `memory`, which main has made (createStatsMemory) and given to MainStats.addThread. */
  constructor(memory: StatsMemory) {
    this.memory = memory;
    this.#log = new NameLogWriter(memory);
    this.#slots = new SlotAllocator(memory, this.#log);
    this.#names = new NameTable(this.#log);
  }

  /** To be called before histograms are made: `tap` hears of the samples of those that come. */
  tapHistograms(tap: SampleTap): void {
    this.#tap = tap;
  }

  /** `name` is sanitised and gets a dot; without a name, the root. */
  createScope(name = ''): Scope {
    return new ThreadScope(this, scopePrefix('', name));
  }

  /** For ThreadScope: the statistic of that name and type, with one more holder if `held` lacks it. */
  hold<S extends ThreadStat>(held: HeldStats, type: StatType, unit: HistogramUnit, prefix: string, name: string): S {
    const { node, suffix } = this.#locate(prefix, name);
    const known = node.get(type, suffix) ?? this.#define(node, type, unit, suffix);
    if (held.add(known)) known.refs++;
    return known as S;
  }

  /** For ThreadScope that has ended: the statistic as long as others hold it, else one that nobody reads. */
  passing<S extends ThreadStat>(type: StatType, unit: HistogramUnit, prefix: string, name: string): S {
    const { node, suffix } = this.#locate(prefix, name);
    const known = node.get(type, suffix) ?? this.#create(node, type, unit, suffix, NO_SLOT);
    return known as S;
  }

  /** For ThreadScope: one that nobody ever sees. */
  unseen<S extends ThreadStat>(type: StatType, unit: HistogramUnit, prefix: string, name: string): S {
    const { node, suffix } = this.#locate(prefix, name);
    return this.#create(node, type, unit, suffix, NO_SLOT) as S;
  }

  /** For ThreadScope: one holder less; the last one ends the statistic on this thread. */
  release(stat: ThreadStat): void {
    stat.refs--;
    if (stat.refs > 0) return;
    this.#names.remove(stat.node as StatNodeEntry, stat);
    stat.detach(this.#slots.nowhere);
    // A slot whose end the log has no room to tell stays taken: main still reads it.
    if (stat.slot === NO_SLOT || !this.#log.free(stat.slot)) return;
    this.#slots.release(stat.slot);
    if (stat instanceof ThreadHistogram) for (const bin of stat.bins.values()) this.#slots.release(bin.slot);
  }

  defineBin(histogram: ThreadHistogram, bin: number): BinCount {
    // Who still records into an ended histogram must not get a place that nobody would give back.
    const lives = histogram.refs > 0 && histogram.slot !== NO_SLOT;
    const slot = lives ? this.#slots.allocate() : NO_SLOT;
    const count: BinCount = { values: this.#slots.values(slot), slot };
    if (lives) histogram.bins.set(bin, count);
    if (slot !== NO_SLOT) this.#log.bin(histogram.slot, bin, slot);
    return count;
  }

  publishText(readout: ThreadTextReadout, value: string): void {
    if (readout.refs > 0 && readout.slot !== NO_SLOT) this.#log.text(readout.slot, value);
  }

  #locate(prefix: string, name: string): { readonly node: StatNodeEntry; readonly suffix: string } {
    const dot = name.lastIndexOf('.') + 1;
    const node = this.#names.node(dot === 0 ? prefix : prefix + name.slice(0, dot));
    return { node, suffix: dot === 0 ? name : name.slice(dot) };
  }

  #define(node: StatNodeEntry, type: StatType, unit: HistogramUnit, suffix: string): ThreadStat {
    const slot = this.#slots.allocate();
    const stat = this.#create(node, type, unit, suffix, slot);
    const tokens = this.#names.add(node, stat);
    if (slot !== NO_SLOT) this.#log.define(slot, type, unit, tokens.prefix, tokens.name);
    return stat;
  }

  #createHistogram(
    node: StatNodeEntry,
    unit: HistogramUnit,
    suffix: string,
    slot: number,
    values: Float64Array,
  ): ThreadHistogram {
    const tap = slot === NO_SLOT ? undefined : this.#tap;
    return tap === undefined
      ? new ThreadHistogram(node, suffix, slot, values, unit, this)
      : new TappedHistogram(tap, node, suffix, slot, values, unit, this);
  }

  #create(node: StatNodeEntry, type: StatType, unit: HistogramUnit, suffix: string, slot: number): ThreadStat {
    const values = this.#slots.values(slot);
    if (type === 'counter') return new ThreadCounter(node, suffix, slot, values);
    if (type === 'gauge') return new ThreadGauge(node, suffix, slot, values);
    if (type === 'histogram') return this.#createHistogram(node, unit, suffix, slot, values);
    if (type === 'text') return new ThreadTextReadout(node, suffix, slot, values, this);
    if (type === 'gauge_hidden') return new HiddenGauge(node, suffix, slot, values);
    return new MainOnlyGauge(node, suffix, slot, values);
  }
}

class ThreadScope implements Scope {
  readonly prefix: string;
  readonly #store: StatsStore;
  /** Undefined: all are kept. */
  readonly #accepts: AcceptsStat | undefined;
  /** Undefined once the scope has ended: who still counts in it (the last request of a cluster) holds nothing more. */
  #held: HeldStats | undefined = new HeldStats();

  constructor(store: StatsStore, prefix: string, accepts?: AcceptsStat) {
    this.#store = store;
    this.prefix = prefix;
    this.#accepts = accepts;
  }

  counter(name: string): Counter {
    return this.#stat<ThreadCounter>('counter', 'unspecified', name);
  }

  gauge(name: string, mode: GaugeImportMode = 'accumulate'): Gauge {
    return this.#stat<ThreadGauge>(GAUGE_TYPES[mode], 'unspecified', name);
  }

  histogram(name: string, unit: HistogramUnit): Histogram {
    return this.#stat<ThreadHistogram>('histogram', unit, name);
  }

  textReadout(name: string): TextReadout {
    return this.#stat<ThreadTextReadout>('text', 'unspecified', name);
  }

  scope(name: string, accepts = this.#accepts): Scope {
    return new ThreadScope(this.#store, scopePrefix(this.prefix, name), accepts);
  }

  [Symbol.dispose](): void {
    const held = this.#held;
    this.#held = undefined;
    for (const stat of held?.all ?? []) this.#store.release(stat);
  }

  #stat<S extends ThreadStat>(type: StatType, unit: HistogramUnit, name: string): S {
    if (this.#accepts?.(this.prefix + name) === false) return this.#store.unseen<S>(type, unit, this.prefix, name);
    const held = this.#held;
    return held === undefined
      ? this.#store.passing<S>(type, unit, this.prefix, name)
      : this.#store.hold<S>(held, type, unit, this.prefix, name);
  }
}
