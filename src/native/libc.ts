import ffi from 'node:ffi';

type Integers = (...args: number[]) => number;

const closeOnExec = 0x8_0000;

/** Longest sockaddr: sockaddr_storage. */
export const socketAddressBytes = 128;

/**
 * The C library's socket calls, for one thread. Answers are the call's own, or a negative errno where it failed.
 * Only the first group is fast enough for every request: integers pass in tens of nanoseconds, pointers in hundreds.
 */
export class Libc {
  readonly #close: Integers;
  readonly #shutdown: Integers;
  readonly #socket: Integers;
  readonly #listen: Integers;
  readonly #dup: Integers;
  readonly #accept: (fd: number, address: bigint, bytes: bigint, flags: number) => number;
  readonly #bind: (fd: number, address: Uint8Array, bytes: number) => number;
  readonly #connect: (fd: number, address: Uint8Array, bytes: number) => number;
  readonly #getsockname: (fd: number, address: bigint, bytes: bigint) => number;
  readonly #getpeername: (fd: number, address: bigint, bytes: bigint) => number;
  readonly #setsockopt: (fd: number, level: number, name: number, value: Uint8Array, bytes: number) => number;
  readonly #getsockopt: (fd: number, level: number, name: number, value: Uint8Array, bytes: Uint8Array) => number;
  readonly #indexOfInterface: (name: string) => number;
  readonly #errnoPointer: bigint;
  /** The sockaddr that the last call of `socketName` or `peerName` found. */
  readonly name = new Uint8Array(new ArrayBuffer(socketAddressBytes));
  readonly #namePointer = ffi.getRawPointer(this.name);
  readonly #length = new Uint8Array(new ArrayBuffer(8));
  readonly #lengthPointer = ffi.getRawPointer(this.#length);
  readonly #lengthWord = new Int32Array(this.#length.buffer);
  readonly #option = new Uint8Array(new ArrayBuffer(8));
  readonly #optionWords = new Int32Array(this.#option.buffer);

  constructor() {
    const library = new ffi.DynamicLibrary(null);
    const integers = (name: string, count: number): Integers =>
      library.getFunction(name, { arguments: Array(count).fill('i32'), return: 'i32' }) as Integers;
    this.#close = integers('close', 1);
    this.#shutdown = integers('shutdown', 2);
    this.#socket = integers('socket', 3);
    this.#listen = integers('listen', 2);
    this.#dup = integers('dup', 1);
    this.#accept = library.getFunction('accept4', { arguments: ['i32', 'u64', 'u64', 'i32'], return: 'i32' });
    this.#bind = library.getFunction('bind', { arguments: ['i32', 'buffer', 'u32'], return: 'i32' });
    this.#connect = library.getFunction('connect', { arguments: ['i32', 'buffer', 'u32'], return: 'i32' });
    // A pointer passes faster than a buffer whose pointer is to be found.
    this.#getsockname = library.getFunction('getsockname', { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' });
    this.#getpeername = library.getFunction('getpeername', { arguments: ['i32', 'pointer', 'pointer'], return: 'i32' });
    this.#setsockopt = library.getFunction('setsockopt', {
      arguments: ['i32', 'i32', 'i32', 'buffer', 'u32'],
      return: 'i32',
    });
    this.#getsockopt = library.getFunction('getsockopt', {
      arguments: ['i32', 'i32', 'i32', 'buffer', 'buffer'],
      return: 'i32',
    });
    this.#indexOfInterface = library.getFunction('if_nametoindex', { arguments: ['string'], return: 'u32' });
    this.#errnoPointer = library.getFunction('__errno_location', { arguments: [], return: 'pointer' })();
  }

  /** Of the call that failed just now on this thread; positive. */
  get errno(): number {
    return ffi.getInt32(this.#errnoPointer);
  }

  close(fd: number): number {
    return this.#checked(this.#close(fd));
  }

  /** @param how 0 = reading, 1 = writing, 2 = both. */
  shutdown(fd: number, how: number): number {
    return this.#checked(this.#shutdown(fd, how));
  }

  socket(family: number, type: number, protocol: number): number {
    return this.#checked(this.#socket(family, type, protocol));
  }

  listen(fd: number, backlog: number): number {
    return this.#checked(this.#listen(fd, backlog));
  }

  /** A connection of a listening socket; it blocks, and is closed where the process becomes another. */
  accept(fd: number): number {
    return this.#checked(this.#accept(fd, 0n, 0n, closeOnExec));
  }

  duplicate(fd: number): number {
    return this.#checked(this.#dup(fd));
  }

  bind(fd: number, address: Uint8Array): number {
    return this.#checked(this.#bind(fd, address, address.length));
  }

  /** Of datagram sockets, which are connected at once. */
  connect(fd: number, address: Uint8Array): number {
    return this.#checked(this.#connect(fd, address, address.length));
  }

  /** Puts the socket's address into `name`; answers its length, 0 where it has none. */
  socketName(fd: number): number {
    this.#lengthWord[0] = socketAddressBytes;
    return this.#getsockname(fd, this.#namePointer, this.#lengthPointer) < 0 ? 0 : this.#lengthWord[0];
  }

  /** As `socketName`, of its peer. */
  peerName(fd: number): number {
    this.#lengthWord[0] = socketAddressBytes;
    return this.#getpeername(fd, this.#namePointer, this.#lengthPointer) < 0 ? 0 : this.#lengthWord[0];
  }

  /** Sets an option whose value is an int, or two of them. */
  setOption(fd: number, level: number, name: number, value: number, second?: number): number {
    this.#optionWords[0] = value;
    this.#optionWords[1] = second ?? 0;
    const bytes = second === undefined ? 4 : 8;
    return this.#checked(this.#setsockopt(fd, level, name, this.#option, bytes));
  }

  /** Sets an option whose value is these bytes. */
  setOptionBytes(fd: number, level: number, name: number, value: Uint8Array): number {
    // The call takes no empty memory.
    const memory = value.length > 0 ? Uint8Array.from(value) : new Uint8Array(1);
    return this.#checked(this.#setsockopt(fd, level, name, memory, value.length));
  }

  /** The value of an option, `bytes` at most; undefined when the system does not tell. */
  optionBytes(fd: number, level: number, name: number, bytes: number): Uint8Array | undefined {
    this.#lengthWord[0] = bytes;
    const value = new Uint8Array(bytes);
    if (this.#getsockopt(fd, level, name, value, this.#length) < 0) return undefined;
    return value.subarray(0, this.#lengthWord[0]);
  }

  /** Of a network interface's name; 0 when there is none. */
  interfaceIndex(name: string): number {
    return this.#indexOfInterface(name);
  }

  #checked(result: number): number {
    return result < 0 ? -this.errno : result;
  }
}
