import type { Random } from '../../../sdk/event.ts';
import type { RuntimeSnapshot } from '../../../sdk/extension.ts';
import { type FractionalPercentValue, type RuntimeLayer, type RuntimeValue, runtimeText } from './runtime-entry.ts';

interface Entry {
  readonly raw: string;
  readonly integer: number | undefined;
  readonly double: number | undefined;
  readonly boolean: boolean | undefined;
  readonly percent: FractionalPercentValue | undefined;
}

const maxUint64 = 2 ** 64;
const number = /^[+-]?(?:0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;

/** Numbers are whole ones too, cut, unless they are negative or too large. */
function numberEntry(raw: string, double: number): Entry {
  const integer = double >= 0 && double <= maxUint64 ? Math.floor(double) : undefined;
  const boolean = Number.isInteger(double) ? double !== 0 : undefined;
  return { raw, integer, double, boolean, percent: undefined };
}

/** Text that looks like a number is one too; `"true"` is no boolean. */
function stringEntry(raw: string): Entry {
  const trimmed = raw.trim();
  if (number.test(trimmed)) return numberEntry(raw, Number(trimmed));
  return { raw, integer: undefined, double: undefined, boolean: undefined, percent: undefined };
}

function booleanEntry(boolean: boolean): Entry {
  return { raw: String(boolean), integer: undefined, double: undefined, boolean, percent: undefined };
}

function toEntry(value: RuntimeValue): Entry {
  if (typeof value === 'string') return stringEntry(value);
  if (typeof value === 'number') return numberEntry(String(value), value);
  if (typeof value === 'boolean') return booleanEntry(value);
  if ('text' in value) {
    return value.value === undefined ? stringEntry(value.text) : { ...toEntry(value.value), raw: value.text };
  }
  return { raw: runtimeText(value), integer: undefined, double: undefined, boolean: undefined, percent: value.percent };
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
    const entry = key === '' ? undefined : this.#find(key);
    if (entry?.percent !== undefined) return this.#draw(entry.percent.numerator, entry.percent.denominator, random);
    if (entry?.integer !== undefined) return this.#draw(entry.integer, 100, random);
    return this.#draw(defaultNumerator, denominator, random);
  }

  /** Most proxies have no runtime values at all, and every request asks for some. */
  #find(key: string): Entry | undefined {
    return this.#entries.size === 0 ? undefined : this.#entries.get(key);
  }

  getInteger(key: string, fallback: number): number {
    return this.#find(key)?.integer ?? fallback;
  }

  getDouble(key: string, fallback: number): number {
    return this.#find(key)?.double ?? fallback;
  }

  getBoolean(key: string, fallback: boolean): boolean {
    return this.#find(key)?.boolean ?? fallback;
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
