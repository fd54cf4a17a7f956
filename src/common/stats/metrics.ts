/** The four kinds of statistics as a thread writes them: plain adds into its own block of shared memory. */
import type { Counter, Gauge, Histogram, HistogramUnit, TextReadout } from '../../../sdk/stats.ts';
import { binOf } from './histogram-bin.ts';
import type { StatType } from './name-log.ts';
import { VALUES_PER_BLOCK } from './stats-memory.ts';

/** Part of a name that many statistics share: `cluster.a.` */
export interface StatNode {
  readonly prefix: string;
}

/** What a statistic calls when it needs more than its own value. */
export interface StatOwner {
  /** A new value for a bin; an array and a place in it. */
  defineBin(histogram: ThreadHistogram, bin: number): BinCount;
  publishText(readout: ThreadTextReadout, value: string): void;
}

const PLACE = VALUES_PER_BLOCK - 1;

/** A name, and a place in shared memory that this thread alone writes. There are millions: few fields. */
export abstract class ThreadStat {
  abstract readonly type: StatType;
  readonly node: StatNode;
  /** The name after the node's prefix. */
  readonly suffix: string;
  readonly slot: number;
  /** How many scopes hold it. */
  refs = 0;
  /** The block in which the slot lies. */
  protected values: Float64Array;

  constructor(node: StatNode, suffix: string, slot: number, values: Float64Array) {
    this.node = node;
    this.suffix = suffix;
    this.slot = slot;
    this.values = values;
  }

  get name(): string {
    return this.node.prefix + this.suffix;
  }

  get value(): number {
    return (this.values[this.slot & PLACE] as number) + 0;
  }

  /** The place is given to another: who still writes to this statistic writes into a block that nobody reads. */
  detach(nowhere: Float64Array): void {
    this.values = nowhere;
  }
}

export class ThreadCounter extends ThreadStat implements Counter {
  get type(): StatType {
    return 'counter';
  }

  inc(): void {
    (this.values[this.slot & PLACE] as number) += 1;
  }

  add(by: number): void {
    (this.values[this.slot & PLACE] as number) += by;
  }
}

export class ThreadGauge extends ThreadStat implements Gauge {
  get type(): StatType {
    return 'gauge';
  }

  inc(): void {
    (this.values[this.slot & PLACE] as number) += 1;
  }

  dec(): void {
    (this.values[this.slot & PLACE] as number) -= 1;
  }

  add(by: number): void {
    (this.values[this.slot & PLACE] as number) += by;
  }

  sub(by: number): void {
    (this.values[this.slot & PLACE] as number) -= by;
  }

  set(value: number): void {
    this.values[this.slot & PLACE] = value + 0; // never -0, which means untouched
  }
}

/** Main's value alone is shown. */
export class MainOnlyGauge extends ThreadGauge {
  override get type(): StatType {
    return 'gauge_main';
  }
}

/** Shown only when asked for. */
export class HiddenGauge extends ThreadGauge {
  override get type(): StatType {
    return 'gauge_hidden';
  }
}

/** Samples of one bin. */
export interface BinCount {
  values: Float64Array;
  readonly slot: number;
}

const NO_COUNTS: readonly BinCount[] = [];

/** Whole samples below 1000, as times in milliseconds mostly are, by their two first digits; -1 for any other. */
function smallPlace(value: number): number {
  const whole = value | 0;
  if (whole !== value || whole < 0 || whole >= 1000) return -1;
  return whole < 100 ? whole : 90 + ((whole / 10) | 0);
}

/** Percentages come as integers of this scale (Envoy's Histogram::PercentScale). */
const PERCENT_SCALE = 1_000_000;

export class ThreadHistogram extends ThreadStat implements Histogram {
  readonly unit: HistogramUnit;
  readonly bins = new Map<number, BinCount>();
  /** By smallPlace(); made when there is one. */
  #ofSmall: readonly (BinCount | undefined)[] = NO_COUNTS;
  readonly #owner: StatOwner;

  constructor(
    node: StatNode,
    suffix: string,
    slot: number,
    values: Float64Array,
    unit: HistogramUnit,
    owner: StatOwner,
  ) {
    super(node, suffix, slot, values);
    this.unit = unit;
    this.#owner = owner;
  }

  get type(): StatType {
    return 'histogram';
  }

  /** Samples that no bin can hold (NaN, infinities) are not recorded. */
  recordValue(value: number): void {
    const place = smallPlace(value);
    const count = (place < 0 ? undefined : this.#ofSmall[place]) ?? this.#countOf(value, place);
    if (count === undefined) return;
    (count.values[count.slot & PLACE] as number) += 1;
    (this.values[this.slot & PLACE] as number) += 1;
  }

  #countOf(value: number, place: number): BinCount | undefined {
    const bin = binOf(this.unit === 'percent' ? value / PERCENT_SCALE : value);
    if (bin === undefined) return undefined;
    const count = this.bins.get(bin) ?? this.#owner.defineBin(this, bin);
    if (place >= 0 && this.unit !== 'percent') this.#keep(place, count);
    return count;
  }

  #keep(place: number, count: BinCount): void {
    const kept = this.#ofSmall.slice();
    while (kept.length <= place) kept.push(undefined);
    kept[place] = count;
    this.#ofSmall = kept;
  }

  override detach(nowhere: Float64Array): void {
    super.detach(nowhere);
    for (const count of this.bins.values()) count.values = nowhere;
  }
}

/** Hears of each sample, on the thread that records it. */
export interface SampleTap {
  sample(histogram: ThreadHistogram, value: number): void;
}

/** Made where sinks are configured: others need not ask at each sample whether somebody listens. */
export class TappedHistogram extends ThreadHistogram {
  readonly #tap: SampleTap;

  constructor(tap: SampleTap, ...histogram: ConstructorParameters<typeof ThreadHistogram>) {
    super(...histogram);
    this.#tap = tap;
  }

  override recordValue(value: number): void {
    super.recordValue(value);
    this.#tap.sample(this, value);
  }
}

export class ThreadTextReadout extends ThreadStat implements TextReadout {
  #text = '';
  readonly #owner: StatOwner;

  constructor(node: StatNode, suffix: string, slot: number, values: Float64Array, owner: StatOwner) {
    super(node, suffix, slot, values);
    this.#owner = owner;
  }

  get type(): StatType {
    return 'text';
  }

  get text(): string {
    return this.#text;
  }

  set(value: string): void {
    if (value === this.#text && this.value > 0) return;
    this.#text = value;
    this.values[this.slot & PLACE] = 1;
    this.#owner.publishText(this, value);
  }
}
