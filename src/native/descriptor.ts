import ffi from 'node:ffi';

type Dup = (fd: number) => number;

/**
 * A second descriptor of the same open socket (dup(2)), so that two threads can each close their own.
 * Undefined when the system refuses, for want of descriptors.
 */
export class Descriptors {
  readonly #dup: Dup;

  constructor() {
    this.#dup = new ffi.DynamicLibrary(null).getFunction('dup', { arguments: ['i32'], return: 'i32' }) as Dup;
  }

  duplicate(fd: number): number | undefined {
    const copy = this.#dup(fd);
    return copy < 0 ? undefined : copy;
  }
}
