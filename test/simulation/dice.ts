import { SeededRandom } from '../../src/event/random.ts';

/** Chance for a test that its seed brings again. */
export class Dice {
  readonly #random: SeededRandom;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  /** @param share from 0 to 1 */
  chance(share: number): boolean {
    return this.#random.random() < share * 2 ** 53;
  }

  /** A whole number, both ends included. */
  between(least: number, most: number): number {
    return least + (this.#random.random() % (most - least + 1));
  }

  pick<T>(from: readonly T[]): T {
    const picked = from[this.#random.random() % from.length];
    if (picked === undefined) throw new Error('nothing to pick from');
    return picked;
  }
}
