import type { Random } from '../../../sdk/event.ts';
import type { RuntimeSnapshot } from '../../../sdk/extension.ts';
import type { FractionalPercentValue, RuntimeLayer, RuntimeValue } from './runtime-entry.ts';

interface Entry {
  readonly raw: string;
  readonly integer: number | undefined;
  readonly double: number | undefined;
  readonly boolean: boolean | undefined;
  readonly percent: FractionalPercentValue | undefined;
}

/** What can be read out of a value: text that looks like a number or a boolean is one too. */
function toEntry(value: RuntimeValue): Entry {
  if (typeof value === 'object') {
    return { raw: '', integer: undefined, double: undefined, boolean: undefined, percent: value };
  }
  const raw = String(value);
  const number = typeof value === 'boolean' || raw.trim() === '' ? Number.NaN : Number(raw);
  const lower = raw.toLowerCase();
  return {
    raw,
    integer: Number.isInteger(number) && number >= 0 ? number : undefined,
    double: Number.isNaN(number) ? undefined : number,
    boolean: lower === 'true' ? true : lower === 'false' ? false : undefined,
    percent: undefined,
  };
}

/** All layers merged, later ones on top; immutable (envoy/runtime/runtime.h). */
export class LayeredRuntimeSnapshot implements RuntimeSnapshot {
  readonly #entries = new Map<string, Entry>();
  readonly #random: Random;

  constructor(layers: readonly RuntimeLayer[], random: Random) {
    this.#random = random;
    for (const { values } of layers) for (const [key, value] of values) this.#entries.set(key, toEntry(value));
  }

  get size(): number {
    return this.#entries.size;
  }

  featureEnabled(
    key: string,
    defaultNumerator: number,
    denominator: 100 | 10_000 | 1_000_000 = 100,
    random?: number,
  ): boolean {
    const entry = key === '' ? undefined : this.#entries.get(key);
    if (entry?.percent !== undefined) return this.#draw(entry.percent.numerator, entry.percent.denominator, random);
    if (entry?.integer !== undefined) return this.#draw(entry.integer, 100, random);
    return this.#draw(defaultNumerator, denominator, random);
  }

  getInteger(key: string, fallback: number): number {
    return this.#entries.get(key)?.integer ?? fallback;
  }

  getDouble(key: string, fallback: number): number {
    return this.#entries.get(key)?.double ?? fallback;
  }

  getBoolean(key: string, fallback: boolean): boolean {
    return this.#entries.get(key)?.boolean ?? fallback;
  }

  getString(key: string): string | undefined {
    return this.#entries.get(key)?.raw;
  }

  #draw(numerator: number, denominator: number, random: number | undefined): boolean {
    if (numerator >= denominator) return true;
    if (numerator === 0) return false;
    return (random ?? this.#random.random()) % denominator < numerator;
  }
}
