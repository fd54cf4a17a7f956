/** Main's view of one thread's statistics: follows the thread's log and reads its values. */
import { type NameLogHandler, NameLogReader, type StatType } from '../../common/stats/name-log.ts';
import { type StatsMemory, ValueBlocks } from '../../common/stats/stats-memory.ts';
import type { HistogramSource } from './merged-histogram.ts';
import type { MergedStat, MergedTextReadout, StatSource } from './merged-stats.ts';

/** Finds or makes the statistic of a name; undefined when the configuration wants none of that name. */
export interface StatResolver {
  resolve(type: StatType, unit: string, prefix: string, suffix: string): MergedStat | undefined;
  /** Nobody holds it any longer. */
  drop(stat: MergedStat, type: StatType): void;
}

interface Entry {
  readonly type: StatType;
  readonly stat: MergedStat;
  readonly source: StatSource;
}

export class ThreadStats implements NameLogHandler {
  readonly name: string;
  readonly #isMain: boolean;
  readonly #reader: NameLogReader;
  readonly #values: ValueBlocks;
  readonly #resolver: StatResolver;
  readonly #tokens: string[] = [];
  readonly #entries = new Map<number, Entry>();

  constructor(name: string, memory: StatsMemory, isMain: boolean, resolver: StatResolver) {
    this.name = name;
    this.#isMain = isMain;
    this.#reader = new NameLogReader(memory);
    this.#values = new ValueBlocks(memory.values);
    this.#resolver = resolver;
  }

  /** Statistics that found no room in the thread's memory. */
  get dropped(): number {
    return this.#reader.dropped;
  }

  refresh(): void {
    this.#reader.drain(this);
  }

  /** The thread is gone. */
  releaseAll(): void {
    this.refresh();
    for (const slot of [...this.#entries.keys()]) this.onFree(slot);
  }

  /** Forgets those that the configuration no longer wants. */
  forget(unwanted: (stat: MergedStat) => boolean): void {
    for (const [slot, entry] of [...this.#entries]) if (unwanted(entry.stat)) this.onFree(slot);
  }

  onToken(id: number, text: string): void {
    this.#tokens[id] = text;
  }

  onFreeToken(id: number): void {
    this.#tokens[id] = '';
  }

  onDefine(slot: number, type: StatType, unit: string, prefixToken: number, nameToken: number): void {
    const prefix = this.#tokens[prefixToken];
    const suffix = this.#tokens[nameToken];
    if (prefix === undefined || suffix === undefined) return; // the log had no room for the name
    const stat = this.#resolver.resolve(type, unit, prefix, suffix);
    if (stat === undefined) return;
    const plain: StatSource = { values: this.#values, slot, isMain: this.#isMain, next: undefined };
    const source: StatSource | HistogramSource = type === 'histogram' ? { ...plain, bins: [] } : plain;
    stat.attach(source);
    this.#entries.set(slot, { type, stat, source });
  }

  onFree(slot: number): void {
    const entry = this.#entries.get(slot);
    if (entry === undefined) return;
    this.#entries.delete(slot);
    entry.stat.release(entry.source);
    if (!entry.stat.isHeld) this.#resolver.drop(entry.stat, entry.type);
  }

  onText(slot: number, text: string): void {
    const entry = this.#entries.get(slot);
    if (entry?.type === 'text') (entry.stat as MergedTextReadout).value = text;
  }

  onBin(histogramSlot: number, bin: number, valueSlot: number): void {
    const entry = this.#entries.get(histogramSlot);
    if (entry?.type === 'histogram') (entry.source as HistogramSource).bins.push({ bin, slot: valueSlot });
  }
}
