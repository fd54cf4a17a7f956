import ffi from 'node:ffi';
import { closeSync } from 'node:fs';

const nonBlocking = 0x800;
/** AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK. */
const unix = 1;
const stream = 0x801;

/** Two descriptors: what is written to the second can be read from the first. */
export interface DescriptorPair extends Disposable {
  readonly ends: readonly [number, number];
  close(end: 0 | 1): void;
}

/** Pipes and sockets for tests. */
export function descriptorPairs() {
  const call = new ffi.DynamicLibrary(null).getFunctions({
    pipe2: { arguments: ['buffer', 'i32'], return: 'i32' },
    socketpair: { arguments: ['i32', 'i32', 'i32', 'buffer'], return: 'i32' },
  });
  const open = (make: (ends: Uint8Array) => number): DescriptorPair => {
    const ends = new Int32Array(2);
    if (make(new Uint8Array(ends.buffer)) < 0) throw new Error('no descriptors');
    const left = new Set(ends);
    const [first = -1, second = -1] = ends;
    const close = (fd: number): void => {
      if (left.delete(fd)) closeSync(fd);
    };
    return {
      ends: [first, second],
      close: (end) => close(end === 0 ? first : second),
      [Symbol.dispose]: () => [...left].forEach(close),
    };
  };
  return {
    pipe: () => open((ends) => call.pipe2(ends, nonBlocking)),
    socket: () => open((ends) => call.socketpair(unix, stream, 0, ends)),
  };
}
