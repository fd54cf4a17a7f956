import ffi from 'node:ffi';

const closeOnExec = 0x8_0000;
const nonBlocking = 0x800;

/**
 * An eventfd(2): readable once it was signalled, until it is read. It stands in the place of a pipe, so that Node's own
 * streams, which take no eventfd, can wait for it: give `adopt` what to do with the pipe's number, and it is replaced.
 */
export function openEventDescriptor(adopt: (pipe: number) => void): number | undefined {
  const library = new ffi.DynamicLibrary(null);
  const call = library.getFunctions({
    eventfd: { arguments: ['u32', 'i32'], return: 'i32' },
    pipe2: { arguments: ['buffer', 'i32'], return: 'i32' },
    dup3: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    close: { arguments: ['i32'], return: 'i32' },
  });
  const ends = new Int32Array(2);
  if (call.pipe2(new Uint8Array(ends.buffer), closeOnExec | nonBlocking) < 0) return undefined;
  const [reading = -1, writing = -1] = ends;
  call.close(writing);
  const event = call.eventfd(0, closeOnExec | nonBlocking);
  if (event < 0) {
    call.close(reading);
    return undefined;
  }
  adopt(reading);
  call.dup3(event, reading, closeOnExec);
  call.close(event);
  return reading;
}
