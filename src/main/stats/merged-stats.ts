/** Statistics of the whole process: what all threads' values of one name come to. */
import type { StatType } from '../../common/stats/name-log.ts';
import type { NamedStat } from './stat-index.ts';

/** Whoever goes through all statistics lets others have their turn after so many. */
export const STATS_A_TURN = 4096;

/** Reads a thread's values. */
export interface ValueReader {
  /** Whether it is main's own thread. */
  readonly isMain: boolean;
  read(slot: number): number;
}

/** One thread's part of a statistic; they form a list. There are millions: few fields. */
export class StatSource {
  readonly stat: MergedStat;
  readonly values: ValueReader;
  readonly slot: number;
  next: StatSource | undefined = undefined;

  constructor(stat: MergedStat, values: ValueReader, slot: number) {
    this.stat = stat;
    this.values = values;
    this.slot = slot;
  }
}

export abstract class MergedStat implements NamedStat {
  abstract readonly type: StatType;
  readonly prefix: string;
  readonly suffix: string;
  protected sources: StatSource | undefined = undefined;

  constructor(prefix: string, suffix: string) {
    this.prefix = prefix;
    this.suffix = suffix;
  }

  get name(): string {
    return this.prefix + this.suffix;
  }

  /** Whether anybody has ever written to it (Envoy's `usedonly`). */
  abstract readonly used: boolean;

  /** Shown only when asked for. */
  get hidden(): boolean {
    return this.type === 'gauge_hidden';
  }

  get isHeld(): boolean {
    return this.sources !== undefined;
  }

  attach(source: StatSource): void {
    source.next = this.sources;
    this.sources = source;
  }

  /** A thread lets go of it: what it has counted stays as long as another thread holds the statistic. */
  release(source: StatSource): void {
    this.retire(source);
    if (this.sources === source) {
      this.sources = source.next;
      return;
    }
    for (let at = this.sources; at !== undefined; at = at.next) {
      if (at.next === source) at.next = source.next;
    }
  }

  protected abstract retire(source: StatSource): void;

  protected get anyTouched(): boolean {
    for (let at = this.sources; at !== undefined; at = at.next) {
      if (!Object.is(at.values.read(at.slot), -0)) return true;
    }
    return false;
  }
}

/** What a counter remembers besides the threads' values: most have nothing to remember. */
interface CounterHistory {
  /** -0: no thread that counted has let go. */
  retired: number;
  resetAt: number;
  latchedAt: number;
}

export class MergedCounter extends MergedStat {
  #history: CounterHistory | undefined = undefined;

  get type(): StatType {
    return 'counter';
  }

  /** Counted since the process started or since the last reset. */
  get value(): number {
    return this.#total() - (this.#history?.resetAt ?? 0) + 0;
  }

  get used(): boolean {
    return this.anyTouched || !Object.is(this.#history?.retired ?? -0, -0);
  }

  /** /reset_counters. */
  reset(): void {
    const total = this.#total();
    if (total === 0) return;
    const history = this.#remember();
    history.resetAt = total;
    history.latchedAt = total;
  }

  /** What was counted since the last latch: what a flush gives to the sinks. */
  latch(): number {
    const total = this.#total();
    const delta = total - (this.#history?.latchedAt ?? 0);
    if (delta !== 0) this.#remember().latchedAt = total;
    return delta + 0;
  }

  protected override retire(source: StatSource): void {
    const value = source.values.read(source.slot);
    if (!Object.is(value, -0)) this.#remember().retired += value;
  }

  #remember(): CounterHistory {
    this.#history ??= { retired: -0, resetAt: 0, latchedAt: 0 };
    return this.#history;
  }

  #total(): number {
    let total = this.#history?.retired ?? 0;
    for (let at = this.sources; at !== undefined; at = at.next) total += at.values.read(at.slot);
    return total;
  }
}

export class MergedGauge extends MergedStat {
  readonly type: StatType;

  constructor(prefix: string, suffix: string, type: StatType) {
    super(prefix, suffix);
    this.type = type;
  }

  get value(): number {
    if (this.type === 'gauge_hidden') return this.#largest;
    let total = 0;
    for (let at = this.sources; at !== undefined; at = at.next) {
      if (this.type === 'gauge' || at.values.isMain) total += at.values.read(at.slot);
    }
    return total;
  }

  get #largest(): number {
    let largest = 0;
    for (let at = this.sources; at !== undefined; at = at.next) largest = Math.max(largest, at.values.read(at.slot));
    return largest;
  }

  get used(): boolean {
    return this.anyTouched;
  }

  protected override retire(): void {
    // A thread that lets go no longer adds to a gauge.
  }
}

export class MergedTextReadout extends MergedStat {
  value = '';

  get type(): StatType {
    return 'text';
  }

  get used(): boolean {
    return this.anyTouched;
  }

  protected override retire(): void {
    // The text stays until another one is set.
  }
}
