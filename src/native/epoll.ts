import ffi from 'node:ffi';

const closeOnExec = 0x8_0000;
const operations = { add: 1, remove: 2, change: 3 } as const;
/** AF_INET; SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK. */
const family = 2;
const datagram = 0x8_0802;
/** The kernel packs the struct on x64 alone (epoll_ctl(2)). */
const eventWords = process.arch === 'x64' ? 3 : 4;
const dataWord = process.arch === 'x64' ? 1 : 2;
const mostEvents = 64;

/** Bits of epoll_ctl(2). */
export const epollBits = {
  readable: 0x1,
  writable: 0x4,
  error: 0x8,
  hangUp: 0x10,
  peerClosed: 0x2000,
  edgeTriggered: 0x8000_0000,
} as const;

type Calls = ReturnType<typeof openCalls>;

function openCalls() {
  return new ffi.DynamicLibrary(null).getFunctions({
    epoll_create1: { arguments: ['i32'], return: 'i32' },
    epoll_ctl: { arguments: ['i32', 'i32', 'i32', 'buffer'], return: 'i32' },
    epoll_wait: { arguments: ['i32', 'buffer', 'i32', 'i32'], return: 'i32' },
    socket: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    dup3: { arguments: ['i32', 'i32', 'i32'], return: 'i32' },
    close: { arguments: ['i32'], return: 'i32' },
  });
}

/** Watches any number of descriptors (epoll(7), Linux). */
export class Epoll implements Disposable {
  readonly #calls: Calls;
  readonly #fd: number;
  readonly #events = new Int32Array(eventWords * mostEvents);
  readonly #eventBytes = new Uint8Array(this.#events.buffer);
  readonly #change = new Int32Array(eventWords);
  readonly #changeBytes = new Uint8Array(this.#change.buffer);

  private constructor(calls: Calls, fd: number) {
    this.#calls = calls;
    this.#fd = fd;
  }

  /** Undefined when the system has no descriptor left. */
  static open(): Epoll | undefined {
    const calls = openCalls();
    const fd = calls.epoll_create1(closeOnExec);
    return fd < 0 ? undefined : new Epoll(calls, fd);
  }

  /** False when the system refuses: for a file that is always ready, say. */
  add(fd: number, bits: number): boolean {
    return this.#control(operations.add, fd, bits);
  }

  change(fd: number, bits: number): boolean {
    return this.#control(operations.change, fd, bits);
  }

  /** Of a descriptor that is closed already nothing is left to remove. */
  remove(fd: number): void {
    this.#control(operations.remove, fd, 0);
  }

  /** Hands out what is ready now, 64 descriptors at most; the others' turn comes with the next call. */
  poll(onReady: (fd: number, bits: number) => void): void {
    const count = this.#calls.epoll_wait(this.#fd, this.#eventBytes, mostEvents, 0);
    const ready = this.#events.slice(0, Math.max(0, count) * eventWords);
    for (let at = 0; at < ready.length; at += eventWords) {
      onReady(ready[at + dataWord] as number, ready[at] as number);
    }
  }

  /**
   * A datagram socket that is in truth a second descriptor of this. Node waits for it as for any socket: so it is told
   * when something is ready, for reading such a "socket" fails then. Give `adopt` what takes the socket's descriptor.
   */
  openAsSocket(adopt: (socket: number) => void): boolean {
    const socket = this.#calls.socket(family, datagram, 0);
    if (socket < 0) return false;
    adopt(socket);
    return this.#calls.dup3(this.#fd, socket, closeOnExec) >= 0;
  }

  [Symbol.dispose](): void {
    this.#calls.close(this.#fd);
  }

  #control(operation: number, fd: number, bits: number): boolean {
    this.#change.fill(0);
    this.#change[0] = bits;
    this.#change[dataWord] = fd;
    return this.#calls.epoll_ctl(this.#fd, operation, fd, this.#changeBytes) === 0;
  }
}
