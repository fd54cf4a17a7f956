/** MT19937 (Matsumoto and Nishimura, 1998), as std::mt19937: the same numbers for the same seed everywhere. */

const SIZE = 624;
const MIDDLE = 397;

export class MersenneTwister {
  readonly #state = new Uint32Array(SIZE);
  #at = SIZE;

  /** @param seed its lower 32 bits count */
  constructor(seed: number) {
    const state = this.#state;
    state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const before = state[i - 1] as number;
      state[i] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + i;
    }
  }

  /** In [0, 2^32). */
  next(): number {
    if (this.#at === SIZE) this.#generate();
    let y = this.#state[this.#at++] as number;
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c_5680;
    y ^= (y << 15) & 0xefc6_0000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  /** In [0, below), each as likely. */
  nextBelow(below: number): number {
    const width = Math.floor(2 ** 32 / below);
    for (;;) {
      const drawn = Math.floor(this.next() / width);
      if (drawn < below) return drawn;
    }
  }

  #generate(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const y = ((state[i] as number) & 0x8000_0000) | ((state[(i + 1) % SIZE] as number) & 0x7fff_ffff);
      const twisted = (state[(i + MIDDLE) % SIZE] as number) ^ (y >>> 1);
      state[i] = (y & 1) === 0 ? twisted : twisted ^ 0x9908_b0df;
    }
    this.#at = 0;
  }
}
