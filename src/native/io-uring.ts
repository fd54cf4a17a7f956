import ffi from 'node:ffi';
import { highWord, lowWord, type MappedMemory, type MemoryMapper } from './mapped-memory.ts';

/** System calls (the same on x64 and arm64). */
const setupCall = 425;
const enterCall = 426;
const registerCall = 427;

/**
 * COMPLETIONS_SIZE | TASKRUN_FLAG | SINGLE_ISSUER | DEFER_TASKRUN (Linux 6.1): what the kernel does for us, it does while
 * we call it. So it never interrupts the thread, and completions come together.
 */
const setupFlags = (1 << 3) | (1 << 9) | (1 << 12) | (1 << 13);
/** Flags of the submission queue: completions that did not fit (CQ_OVERFLOW), and work put off until we call (TASKRUN). */
const hasOverflow = 1 << 1;
const hasKernelWork = hasOverflow | (1 << 2);
const submissionsOffset = 0x1000_0000;
const sharedPopulated = 0x8001;
const parameterBytes = 120;
const entryWords = 16;
const runTasks = 1;

const errnoInterrupted = 4;
const errnoAgain = 11;
const errnoBusy = 16;

/** Operations (io_uring_enter(2)). */
export const operations = {
  poll: 6,
  sendMessage: 9,
  receiveMessage: 10,
  accept: 13,
  cancel: 14,
  connect: 16,
  close: 19,
  send: 26,
  receive: 27,
} as const;

/** Flags of sends (send(2)). */
export const sendFlags = {
  /** MSG_NOSIGNAL. */
  noSignal: 0x4000,
  /**
   * MSG_NOSIGNAL | MSG_WAITALL | MSG_DONTWAIT: all bytes go out while the operation is handed over, or it fails, at once too, with
   * how many went out, or EAGAIN.
   */
  direct: 0x4140,
} as const;

/** What goes beside an operation's number in the first word of an entry. */
export const entryFlags = {
  /** The kernel picks the buffer (IOSQE_BUFFER_SELECT). */
  bufferSelect: 1 << 13,
  /** Nothing is told of a success (IOSQE_CQE_SKIP_SUCCESS). */
  silent: 1 << 14,
  /** Accepts until it is cancelled (IORING_ACCEPT_MULTISHOT). */
  multishotAccept: 1 << 16,
  /** Receives until it is cancelled (IORING_RECV_MULTISHOT). */
  multishotReceive: 2 << 16,
} as const;

const endlessReceive = operations.receive | entryFlags.bufferSelect | entryFlags.multishotReceive;
/** `optlen`. */
const receiveBoundWord = 11;
const errnoBadDescriptor = -9;

/** Flags of completions. */
export const completionFlags = {
  hasBuffer: 1,
  /** The operation goes on. */
  more: 2,
  /** The kernel will put more into this buffer (of a ring that is filled bit by bit). */
  bufferMore: 16,
} as const;
/** The buffer's number, when there is one, stands above this bit. */
export const completionBufferShift = 16;

export interface CompletionHandler {
  /** `id` and `kind` are what the operation was submitted with; `result` is negative for an errno. */
  onCompletion(id: number, kind: number, result: number, flags: number): void;
}

type Call = (...args: number[]) => number;
type CallWithPointer = (call: number, first: number, second: number, pointer: bigint, ...rest: number[]) => number;

/** The three ways in which we call syscall(2). A library object keeps one signature for each symbol. */
class SystemCalls {
  readonly enter: Call;
  readonly register: CallWithPointer;
  readonly setup: (call: number, entries: number, parameters: bigint) => number;
  readonly close: (fd: number) => number;
  readonly #errnoPointer: bigint;

  constructor() {
    const open = () => new ffi.DynamicLibrary(null);
    // With seven arguments, one more than it looks at, node:ffi takes another way to pass them that is more than twice as fast.
    this.enter = open().getFunction('syscall', { arguments: Array(7).fill('i32'), return: 'i32' }) as Call;
    this.register = open().getFunction('syscall', {
      arguments: ['i32', 'i32', 'i32', 'pointer', 'i32'],
      return: 'i32',
    }) as CallWithPointer;
    this.setup = open().getFunction('syscall', { arguments: ['i32', 'i32', 'pointer'], return: 'i32' });
    const library = open();
    this.close = library.getFunction('close', { arguments: ['i32'], return: 'i32' });
    this.#errnoPointer = library.getFunction('__errno_location', { arguments: [], return: 'pointer' })();
  }

  get errno(): number {
    return ffi.getInt32(this.#errnoPointer);
  }
}

/** Where the kernel keeps what, in words of the ring's memory. */
interface RingLayout {
  readonly submissionTail: number;
  readonly submissionArray: number;
  readonly submissionEntries: number;
  readonly completionHead: number;
  readonly completionTail: number;
  readonly completionMask: number;
  readonly completions: number;
  readonly completionFlags: number;
  readonly submissionFlags: number;
}

/**
 * One thread's io_uring: operations are queued with `push`, handed over with `submit`, and answered through `drain`.
 * Entries hold addresses as two words, so that no large integer is made on the way.
 */
export class IoUring implements Disposable {
  readonly fd: number;
  readonly #calls: SystemCalls;
  readonly #memories: readonly MappedMemory[];
  readonly #words: Int32Array;
  readonly #entries: Int32Array;
  readonly #layout: RingLayout;
  readonly #submissionMask: number;
  #tail: number;
  #submitted: number;
  #head: number;
  #open = true;

  /** A ring, or the errno that keeps us from having one: EPERM, ENOSYS, EINVAL of an old kernel, ENOMEM. */
  static open(mapper: MemoryMapper, entries: number, completions: number): IoUring | number {
    const calls = new SystemCalls();
    using parameters = mapper.anonymous(4096);
    if (parameters === undefined) return 12;
    const words = new Int32Array(parameters.bytes.buffer, 0, parameterBytes / 4);
    words[1] = completions;
    words[2] = setupFlags;
    const fd = calls.setup(setupCall, entries, parameters.pointer);
    if (fd < 0) return calls.errno;
    const at = (index: number): number => words[index] as number;
    const ringBytes = Math.max(at(16) + at(0) * 4, at(25) + at(1) * 16);
    const ring = mapper.map(ringBytes, sharedPopulated, fd, 0);
    const queue = mapper.map(at(0) * entryWords * 4, sharedPopulated, fd, submissionsOffset);
    if (ring === undefined || queue === undefined) {
      ring?.[Symbol.dispose]();
      calls.close(fd);
      return 12;
    }
    return new IoUring(fd, calls, ring, queue, {
      submissionTail: at(11) >> 2,
      submissionArray: at(16) >> 2,
      submissionEntries: at(0),
      completionHead: at(20) >> 2,
      completionTail: at(21) >> 2,
      completionMask: at(1) - 1,
      completions: at(25) >> 2,
      completionFlags: at(26) >> 2,
      submissionFlags: at(14) >> 2,
    });
  }

  private constructor(fd: number, calls: SystemCalls, ring: MappedMemory, queue: MappedMemory, layout: RingLayout) {
    this.fd = fd;
    this.#calls = calls;
    this.#memories = [ring, queue];
    this.#words = new Int32Array(ring.bytes.buffer);
    this.#entries = new Int32Array(queue.bytes.buffer);
    this.#layout = layout;
    this.#submissionMask = layout.submissionEntries - 1;
    for (let i = 0; i < layout.submissionEntries; i++) this.#words[layout.submissionArray + i] = i;
    this.#tail = this.#words[layout.submissionTail] as number;
    this.#submitted = this.#tail;
    this.#head = this.#words[layout.completionHead] as number;
  }

  /** Operations that wait for `submit`. */
  get queued(): number {
    return (this.#tail - this.#submitted) | 0;
  }

  /**
   * @param operation of `operations`, with `entryFlags`
   * @param offset low word of the entry's offset: the address length of connect
   * @param id told again with the completion, as is `kind`
   */
  push(
    operation: number,
    fd: number,
    offset: number,
    addressLow: number,
    addressHigh: number,
    length: number,
    operationFlags: number,
    id: number,
    kind: number,
  ): void {
    if (this.queued >= this.#layout.submissionEntries) this.#makeRoom();
    const entries = this.#entries;
    const at = (this.#tail & this.#submissionMask) * entryWords;
    entries[at] = operation;
    entries[at + 1] = fd;
    entries[at + 2] = offset;
    entries[at + 3] = 0;
    entries[at + 4] = addressLow;
    entries[at + 5] = addressHigh;
    entries[at + 6] = length;
    entries[at + 7] = operationFlags;
    entries[at + 8] = id;
    entries[at + 9] = kind;
    entries[at + 10] = 0;
    entries[at + 11] = 0;
    entries[at + 12] = 0;
    entries[at + 13] = 0;
    entries[at + 14] = 0;
    entries[at + 15] = 0;
    this.#tail = (this.#tail + 1) | 0;
  }

  /** The operation that was pushed last takes its buffer from another group than 0. */
  selectGroup(group: number): void {
    this.#entries[((this.#tail - 1) & this.#submissionMask) * entryWords + 10] = group;
  }

  /**
   * A receive that goes on until it is cancelled or has brought `mostBytes`, in pieces of `mostBytes` at most: so less than
   * twice as much may come. 0 = without those bounds.
   */
  pushEndlessReceive(fd: number, mostBytes: number, id: number, kind: number): void {
    this.push(endlessReceive, fd, 0, 0, 0, mostBytes, 0, id, kind);
    this.#entries[((this.#tail - 1) & this.#submissionMask) * entryWords + receiveBoundWord] = mostBytes;
  }

  /** Whether endless receives can be bounded (Linux 6.17). To be asked before anything else is under way. */
  canBoundReceives(): boolean {
    const results: number[] = [];
    this.pushEndlessReceive(-1, 1, 0, 0);
    this.submit();
    this.drain({ onCompletion: (_id, _kind, result) => results.push(result) });
    return results[0] === errnoBadDescriptor;
  }

  /** Cancels the one operation that was submitted with `id` and `kind`; only a failure to do so is told. */
  pushCancel(id: number, kind: number, ignoredKind: number): void {
    this.push(operations.cancel | entryFlags.silent, -1, 0, id, kind, 0, 0, 0, ignoredKind);
  }

  /** Hands over what is queued; many operations are carried out before it returns. */
  submit(): void {
    Atomics.store(this.#words, this.#layout.submissionTail, this.#tail);
    for (let attempt = 0; this.queued > 0; attempt++) {
      const taken = this.#calls.enter(enterCall, this.fd, this.queued, 0, runTasks, 0, 0);
      if (taken >= 0) this.#submitted = (this.#submitted + taken) | 0;
      else this.#checkTransient(this.#calls.errno, attempt);
      if (taken <= 0 && attempt >= 8) return;
    }
  }

  #makeRoom(): void {
    this.submit();
    if (this.queued >= this.#layout.submissionEntries) throw new Error('io_uring takes no more operations');
  }

  /** Hands over what is queued, and lets the kernel do what it has put off until this thread calls it. */
  enter(): void {
    if (this.queued > 0) this.submit();
    else if (this.#hasKernelWork) this.#calls.enter(enterCall, this.fd, 0, 0, runTasks, 0, 0);
  }

  get #hasKernelWork(): boolean {
    return (Atomics.load(this.#words, this.#layout.submissionFlags) & hasKernelWork) !== 0;
  }

  /** Hands out the completions that are there; answers how many. One whose handler throws counts as handled. */
  drain(handler: CompletionHandler): number {
    const words = this.#words;
    const { completionHead, completionTail, completionMask, completions } = this.#layout;
    const tail = Atomics.load(words, completionTail);
    const count = (tail - this.#head) | 0;
    if (count === 0) return 0;
    try {
      while (this.#head !== tail) {
        const at = completions + ((this.#head & completionMask) << 2);
        this.#head = (this.#head + 1) | 0;
        handler.onCompletion(
          words[at] as number,
          words[at + 1] as number,
          words[at + 2] as number,
          words[at + 3] as number,
        );
      }
    } finally {
      Atomics.store(words, completionHead, this.#head);
    }
    return count;
  }

  /**
   * A ring of buffers for the kernel to pick from: its entries at `pointer`. Answers 0 or an errno.
   * @param incremental a receive takes as much of a buffer as it needs, the next one goes on behind it (Linux 6.12)
   */
  registerBuffers(mapper: MemoryMapper, pointer: bigint, count: number, group: number, incremental: boolean): number {
    using argument = mapper.anonymous(4096);
    if (argument === undefined) return 12;
    const words = new Int32Array(argument.bytes.buffer);
    words[0] = lowWord(pointer);
    words[1] = highWord(pointer);
    words[2] = count;
    new Uint16Array(argument.bytes.buffer).set([group, incremental ? 2 : 0], 6);
    const registerBufferRing = 22;
    const result = this.#calls.register(registerCall, this.fd, registerBufferRing, argument.pointer, 1);
    return result < 0 ? this.#calls.errno : 0;
  }

  /** Has an eventfd signalled for each completion, unless muted. Answers 0 or an errno. */
  registerEvents(mapper: MemoryMapper, descriptor: number): number {
    using argument = mapper.anonymous(4096);
    if (argument === undefined) return 12;
    new Int32Array(argument.bytes.buffer)[0] = descriptor;
    const registerEventDescriptor = 4;
    const result = this.#calls.register(registerCall, this.fd, registerEventDescriptor, argument.pointer, 1);
    return result < 0 ? this.#calls.errno : 0;
  }

  muteEvents(mute: boolean): void {
    Atomics.store(this.#words, this.#layout.completionFlags, mute ? 1 : 0);
  }

  /** Completions wait for `drain`, or are to be had by `enter`. */
  get hasCompletions(): boolean {
    return Atomics.load(this.#words, this.#layout.completionTail) !== this.#head || this.#hasKernelWork;
  }

  /** All that was pushed is handed over, and `drain` has told of all of it that was done at once. */
  get isSettled(): boolean {
    const words = this.#words;
    const { completionTail, submissionFlags } = this.#layout;
    if (this.queued > 0 || Atomics.load(words, completionTail) !== this.#head) return false;
    return (Atomics.load(words, submissionFlags) & hasOverflow) === 0;
  }

  /** What is under way is cancelled by the kernel. */
  [Symbol.dispose](): void {
    if (!this.#open) return;
    this.#open = false;
    this.#calls.close(this.fd);
    for (const memory of this.#memories) memory[Symbol.dispose]();
  }

  /** For want of memory, or while completions overflow, submissions wait for the next attempt. */
  #checkTransient(errno: number, attempt: number): void {
    if (errno === errnoInterrupted) return;
    if ((errno === errnoAgain || errno === errnoBusy) && attempt < 100) return;
    throw new Error(`io_uring_enter failed with errno ${errno}`);
  }
}
