import ffi from 'node:ffi';

/** The system's source of random bytes, which needs no descriptor (getrandom(2), Linux). */
export class SystemRandom {
  readonly #getrandom: (bytes: Uint8Array, length: bigint, flags: number) => bigint;

  private constructor() {
    this.#getrandom = new ffi.DynamicLibrary(null).getFunction('getrandom', {
      arguments: ['buffer', 'u64', 'u32'],
      return: 'i64',
    });
  }

  /** Undefined where there is none. */
  static open(): SystemRandom | undefined {
    return process.platform === 'linux' ? new SystemRandom() : undefined;
  }

  /** Whether all of `bytes` are random now: a signal may come in between. */
  fill(bytes: Uint8Array): boolean {
    return this.#getrandom(bytes, BigInt(bytes.length), 0) === BigInt(bytes.length);
  }
}
