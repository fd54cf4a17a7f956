import type { Random } from '../../../sdk/event.ts';

/** Doubles what it draws from, up to a limit (Envoy's JitteredExponentialBackOffStrategy). */
export class JitteredExponentialBackOff {
  readonly #maxMs: number;
  readonly #random: Random;
  #nextMs: number;

  /** Whole milliseconds, at least 1. */
  constructor(baseMs: number, maxMs: number, random: Random) {
    this.#nextMs = baseMs;
    this.#maxMs = maxMs;
    this.#random = random;
  }

  nextBackOffMs(): number {
    const limitMs = this.#nextMs;
    this.#nextMs = Math.min(limitMs * 2, this.#maxMs);
    return this.#random.random() % limitMs;
  }
}

/** At least `minimumMs`, up to half of that more (Envoy's JitteredLowerBoundBackOffStrategy). */
export function jitteredLowerBoundMs(minimumMs: number, random: Random): number {
  return minimumMs + (random.random() % Math.max(1, Math.floor(minimumMs / 2)));
}
