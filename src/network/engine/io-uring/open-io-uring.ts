import { platform } from 'node:os';
import { getSystemErrorName } from 'node:util';
import type { Dispatcher } from '../../../../sdk/event.ts';
import { BufferRing } from '../../../native/buffer-ring.ts';
import { IoUring } from '../../../native/io-uring.ts';
import { MemoryMapper } from '../../../native/mapped-memory.ts';
import { NativeLedger } from '../../../native/native-ledger.ts';
import { LoopWake } from '../node/loop-wake.ts';
import { DirectSends } from './direct-sends.ts';
import { IoUringEngine } from './io-uring-engine.ts';
import { ReadableMemory } from './send-memory.ts';

const errnoInvalid = 22;
const noMemory = 12;
/** EMFILE. */
const noDescriptors = 24;
const mostReadyBuffers = 512;
const receiveMemoryBytes = 268_435_456;
/** Where receives fill a buffer one after the other, a large one cuts few of them in two. */
const incrementalBufferBytes = 262_144;
const wholeBufferBytes = 65_536;

export interface IoUringOptions {
  /** Operations that can be handed over at a time; a power of two. */
  readonly submissions?: number;
  readonly completions?: number;
  /** Buffers for what is received, shared by all sockets. They take up memory as they are used. */
  readonly receiveBuffers?: number;
  readonly receiveBufferBytes?: number;
  /** Receives fill a buffer one after the other; default: where the kernel can (6.12). */
  readonly incrementalBuffers?: boolean;
  /** Receives that go on have a bound; default: where the kernel can (6.17). */
  readonly boundReceives?: boolean;
  /** Where descriptors and memory are written down, for when the thread is ended without its help. */
  readonly ledger?: NativeLedger;
}

/** The parts of the system that an engine stands on. */
export interface IoUringParts {
  readonly mapper: MemoryMapper;
  readonly ring: IoUring;
  readonly buffers: BufferRing;
  readonly receivable: ReadableMemory;
  readonly wake: LoopWake;
  readonly ledger: NativeLedger;
  readonly directSends: DirectSends;
  /** Endless receives can be bounded. */
  readonly boundsReceives: boolean;
}

/** Why there is no io_uring here, for people to read. */
export interface NoIoUring {
  readonly reason: string;
}

/** The engine of a thread; or why the node engine is to be taken instead. */
export function createIoUringEngine(dispatcher: Dispatcher, options?: IoUringOptions): IoUringEngine | NoIoUring {
  if (platform() !== 'linux') return { reason: 'the system is not Linux' };
  const pump: { run: () => void } = { run() {} };
  const parts = openIoUring(options, () => pump.run());
  if ('reason' in parts) return parts;
  const engine = new IoUringEngine(dispatcher, parts);
  pump.run = () => engine.onWake();
  return engine;
}

/** Containers' profiles and kernel.io_uring_disabled forbid it with EPERM or ENOSYS, kernels before 6.1 with EINVAL. */
function openIoUring(options: IoUringOptions = {}, onWake: () => void): IoUringParts | NoIoUring {
  const { submissions = 1024, completions = Math.max(16_384, 2 * submissions) } = options;
  const ledger = options.ledger ?? new NativeLedger();
  const mapper = new MemoryMapper(ledger);
  const ring = IoUring.open(mapper, submissions, completions);
  if (typeof ring === 'number') return failure('io_uring_setup', ring);
  const buffers = openBuffers(mapper, ring, options);
  if (typeof buffers === 'number') {
    ring[Symbol.dispose]();
    return failure('io_uring_register', buffers);
  }
  const receivable = new ReadableMemory(buffers);
  const directSends = DirectSends.open(mapper, receivable);
  const wake = LoopWake.open(onWake);
  const errno = wake === undefined ? noDescriptors : ring.registerEvents(mapper, wake.descriptor);
  if (wake !== undefined && directSends !== undefined && errno === 0) {
    ledger.setRing(ring.fd);
    const boundsReceives = options.boundReceives !== false && ring.canBoundReceives();
    return { mapper, ring, buffers, receivable, wake, ledger, directSends, boundsReceives };
  }
  for (const part of [wake, ring, buffers, directSends]) part?.[Symbol.dispose]();
  return directSends === undefined ? failure('mmap', noMemory) : failure('eventfd', errno);
}

function openBuffers(mapper: MemoryMapper, ring: IoUring, options: IoUringOptions): BufferRing | number {
  const open = (incremental: boolean): BufferRing | number => {
    const size = options.receiveBufferBytes ?? (incremental ? incrementalBufferBytes : wholeBufferBytes);
    const count = options.receiveBuffers ?? buffersOf(size);
    return BufferRing.open(mapper, ring, {
      group: 0,
      count,
      entries: Math.min(count, mostReadyBuffers),
      size,
      incremental,
    });
  };
  const buffers = options.incrementalBuffers === false ? errnoInvalid : open(true);
  return typeof buffers === 'number' ? open(false) : buffers;
}

function buffersOf(bytes: number): number {
  return Math.max(64, Math.min(4096, Math.floor(receiveMemoryBytes / bytes)));
}

function failure(call: string, errno: number): NoIoUring {
  return { reason: `${call} failed: ${getSystemErrorName(-errno)}` };
}
