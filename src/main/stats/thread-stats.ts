/** Main's view of one thread's statistics: follows the thread's log and reads its values. */
import { type NameLogHandler, NameLogReader, type StatType } from '../../common/stats/name-log.ts';
import { type StatsMemory, ValueBlocks } from '../../common/stats/stats-memory.ts';
import { HistogramSource } from './merged-histogram.ts';
import { type MergedStat, MergedTextReadout, StatSource, type ValueReader } from './merged-stats.ts';

/** Finds or makes the statistic of a name; undefined when the configuration wants none of that name. */
export interface StatResolver {
  resolve(type: StatType, unit: string, prefix: string, suffix: string): MergedStat | undefined;
  /** Nobody holds it any longer. */
  drop(stat: MergedStat): void;
}

export class ThreadStats implements NameLogHandler, ValueReader {
  readonly name: string;
  readonly isMain: boolean;
  readonly #reader: NameLogReader;
  readonly #values: ValueBlocks;
  readonly #resolver: StatResolver;
  readonly #tokens: string[] = [];
  /** By slot; a hole where the slot is nobody's. */
  readonly #sources: (StatSource | undefined)[] = [undefined];

  constructor(name: string, memory: StatsMemory, isMain: boolean, resolver: StatResolver) {
    this.name = name;
    this.isMain = isMain;
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

  read(slot: number): number {
    return this.#values.read(slot);
  }

  /** The thread is gone. */
  releaseAll(): void {
    this.refresh();
    for (let slot = 0; slot < this.#sources.length; slot++) this.onFree(slot);
  }

  /** Forgets those that the configuration no longer wants. */
  forget(unwanted: (stat: MergedStat) => boolean): void {
    for (const [slot, source] of this.#sources.entries()) {
      if (source !== undefined && unwanted(source.stat)) this.onFree(slot);
    }
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
    const source = type === 'histogram' ? new HistogramSource(stat, this, slot) : new StatSource(stat, this, slot);
    stat.attach(source);
    while (this.#sources.length < slot) this.#sources.push(undefined);
    this.#sources[slot] = source;
  }

  onFree(slot: number): void {
    const source = this.#sources[slot];
    if (source === undefined) return;
    this.#sources[slot] = undefined;
    source.stat.release(source);
    if (!source.stat.isHeld) this.#resolver.drop(source.stat);
  }

  onText(slot: number, text: string): void {
    const stat = this.#sources[slot]?.stat;
    if (stat instanceof MergedTextReadout) stat.value = text;
  }

  onBin(histogramSlot: number, bin: number, valueSlot: number): void {
    const source = this.#sources[histogramSlot];
    if (source instanceof HistogramSource) source.bins.push({ bin, slot: valueSlot });
  }
}
