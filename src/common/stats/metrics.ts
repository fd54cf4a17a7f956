/** The four kinds of statistics as a thread writes them: plain adds into its own block of shared memory. */
import type { Counter, Gauge, Histogram, HistogramUnit, TextReadout } from '../../../sdk/stats.ts';
import { binOf } from './histogram-bin.ts';
import type { StatType } from './name-log.ts';

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

/** A name, and a place in shared memory that this thread alone writes. */
export class ThreadStat {
  readonly type: StatType;
  readonly node: StatNode;
  /** The name after the node's prefix. */
  readonly suffix: string;
  slot: number;
  /** How many scopes hold it. */
  refs = 0;
  protected values: Float64Array;
  protected index: number;

  constructor(type: StatType, node: StatNode, suffix: string, slot: number, values: Float64Array, index: number) {
    this.type = type;
    this.node = node;
    this.suffix = suffix;
    this.slot = slot;
    this.values = values;
    this.index = index;
  }

  get name(): string {
    return this.node.prefix + this.suffix;
  }

  get value(): number {
    return (this.values[this.index] as number) + 0;
  }

  /** The place is given to another: who still writes to this statistic writes into nowhere. */
  detach(nowhere: Float64Array): void {
    this.values = nowhere;
    this.index = 0;
  }
}

export class ThreadCounter extends ThreadStat implements Counter {
  inc(): void {
    (this.values[this.index] as number) += 1;
  }

  add(by: number): void {
    (this.values[this.index] as number) += by;
  }
}

export class ThreadGauge extends ThreadStat implements Gauge {
  inc(): void {
    (this.values[this.index] as number) += 1;
  }

  dec(): void {
    (this.values[this.index] as number) -= 1;
  }

  add(by: number): void {
    (this.values[this.index] as number) += by;
  }

  sub(by: number): void {
    (this.values[this.index] as number) -= by;
  }

  set(value: number): void {
    this.values[this.index] = value + 0; // never -0, which means untouched
  }
}

/** Samples of one bin. */
export interface BinCount {
  values: Float64Array;
  index: number;
  slot: number;
}

/** Percentages come as integers of this scale (Envoy's Histogram::PercentScale). */
const PERCENT_SCALE = 1_000_000;

export class ThreadHistogram extends ThreadStat implements Histogram {
  readonly unit: HistogramUnit;
  readonly bins = new Map<number, BinCount>();
  readonly #owner: StatOwner;

  constructor(
    node: StatNode,
    suffix: string,
    slot: number,
    values: Float64Array,
    index: number,
    unit: HistogramUnit,
    owner: StatOwner,
  ) {
    super('histogram', node, suffix, slot, values, index);
    this.unit = unit;
    this.#owner = owner;
  }

  /** Samples that no bin can hold (NaN, infinities) are not recorded. */
  recordValue(value: number): void {
    const bin = binOf(this.unit === 'percent' ? value / PERCENT_SCALE : value);
    if (bin === undefined) return;
    const count = this.bins.get(bin) ?? this.#owner.defineBin(this, bin);
    (count.values[count.index] as number) += 1;
    (this.values[this.index] as number) += 1;
  }

  override detach(nowhere: Float64Array): void {
    super.detach(nowhere);
    for (const count of this.bins.values()) {
      count.values = nowhere;
      count.index = 0;
    }
  }
}

export class ThreadTextReadout extends ThreadStat implements TextReadout {
  #text = '';
  readonly #owner: StatOwner;

  constructor(node: StatNode, suffix: string, slot: number, values: Float64Array, index: number, owner: StatOwner) {
    super('text', node, suffix, slot, values, index);
    this.#owner = owner;
  }

  get text(): string {
    return this.#text;
  }

  set(value: string): void {
    if (value === this.#text && this.value > 0) return;
    this.#text = value;
    this.values[this.index] = 1;
    this.#owner.publishText(this, value);
  }
}
