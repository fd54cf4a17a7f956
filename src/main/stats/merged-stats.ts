/** Statistics of the whole process: what all threads' values of one name come to. */
import type { StatType } from '../../common/stats/name-log.ts';
import type { NamedStat } from './stat-index.ts';

/** Reads a thread's values. */
export interface ValueReader {
  read(slot: number): number;
}

/** One thread's part of a statistic; they form a list. */
export interface StatSource {
  readonly values: ValueReader;
  readonly slot: number;
  readonly isMain: boolean;
  next: StatSource | undefined;
}

export abstract class MergedStat implements NamedStat {
  readonly prefix: string;
  readonly suffix: string;
  protected sources: StatSource | undefined;

  constructor(prefix: string, suffix: string) {
    this.prefix = prefix;
    this.suffix = suffix;
  }

  get name(): string {
    return this.prefix + this.suffix;
  }

  /** Whether anybody has ever written to it (Envoy's `usedonly`). */
  abstract readonly used: boolean;

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

export class MergedCounter extends MergedStat {
  #retired = -0;
  #resetAt = -0;
  #latchedAt = 0;

  /** Counted since the process started or since the last reset. */
  get value(): number {
    return this.#total() - this.#resetAt + 0;
  }

  get used(): boolean {
    return this.anyTouched || !Object.is(this.#retired, -0);
  }

  /** /reset_counters. */
  reset(): void {
    this.#resetAt = this.#total();
    this.#latchedAt = this.#resetAt;
  }

  /** What was counted since the last latch: what a flush gives to the sinks. */
  latch(): number {
    const total = this.#total();
    const delta = total - this.#latchedAt;
    this.#latchedAt = total;
    return delta;
  }

  protected override retire(source: StatSource): void {
    this.#retired += source.values.read(source.slot);
  }

  #total(): number {
    let total = this.#retired;
    for (let at = this.sources; at !== undefined; at = at.next) total += at.values.read(at.slot);
    return total;
  }
}

export class MergedGauge extends MergedStat {
  readonly #mainOnly: boolean;

  constructor(prefix: string, suffix: string, type: StatType) {
    super(prefix, suffix);
    this.#mainOnly = type === 'gauge_main';
  }

  get value(): number {
    let total = 0;
    for (let at = this.sources; at !== undefined; at = at.next) {
      if (!this.#mainOnly || at.isMain) total += at.values.read(at.slot);
    }
    return total;
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

  get used(): boolean {
    return this.anyTouched;
  }

  protected override retire(): void {
    // The text stays until another one is set.
  }
}
