import { Socket } from 'node:net';
import { openEventDescriptor } from '../../../native/event-descriptor.ts';

/**
 * Calls `onWake` from the loop after `descriptor` was signalled, once for all signals since. A stream of Node's waits
 * for it: so it goes with its thread, however that ends, and a callback can never come too late. It does not keep the
 * loop alive.
 */
export class LoopWake implements Disposable {
  readonly descriptor: number;
  readonly #stream: Socket;

  private constructor(descriptor: number, stream: Socket) {
    this.descriptor = descriptor;
    this.#stream = stream;
  }

  /** Undefined when the system has no descriptor left. */
  static open(onWake: () => void): LoopWake | undefined {
    let stream: Socket | undefined;
    const descriptor = openEventDescriptor((pipe) => {
      stream = new Socket({
        fd: pipe,
        readable: true,
        writable: false,
        manualStart: true,
        onread: readInto(onWake),
      } as object);
    });
    if (descriptor === undefined || stream === undefined) return undefined;
    stream.on('error', () => {});
    stream.resume();
    stream.unref();
    return new LoopWake(descriptor, stream);
  }

  [Symbol.dispose](): void {
    this.#stream.destroy();
  }
}

function readInto(onWake: () => void) {
  return {
    // More than the 8 bytes that come: a read that leaves room is known to be the last.
    buffer: new Uint8Array(16),
    callback(): boolean {
      onWake();
      return true;
    },
  };
}
