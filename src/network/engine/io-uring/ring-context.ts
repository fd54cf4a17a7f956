import type { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import type { IoUring } from '../../../native/io-uring.ts';
import type { Libc } from '../../../native/libc.ts';
import type { NativeLedger } from '../../../native/native-ledger.ts';
import type { DirectSends } from './direct-sends.ts';
import type { ReceiveMemory } from './receive-memory.ts';
import type { ReadableMemory, SendMemory } from './send-memory.ts';
import type { SocketNames } from './socket-names.ts';

/** What an operation was, told with its completion. */
export const kinds = { ignored: 0, receive: 1, send: 2, connect: 3, accept: 4, direct: 5 } as const;

/** Above it stands a number of the client's own: what tells one of several operations of a kind from the others. */
export const kindBits = 8;

/** What gets the completions of the operations submitted with its id. */
export interface RingClient {
  onCompletion(kind: number, result: number, flags: number): void;
  /** Called before operations are submitted, after `scheduleFlush`. */
  flush(): void;
}

/** What sockets need of their engine. */
export interface RingContext {
  readonly ring: IoUring;
  readonly libc: Libc;
  readonly names: SocketNames;
  /** Where the descriptors of open sockets are written down. */
  readonly ledger: NativeLedger;
  readonly received: SliceBuffer;
  readonly receiveMemory: ReceiveMemory;
  /** How much one receive that goes on by itself brings at most; 0 = whatever there is (kernels before 6.17). */
  readonly endlessReceiveBytes: number;
  readonly receivable: ReadableMemory;
  readonly sendMemory: SendMemory;
  readonly directSends: DirectSends;
  /** Has `client.flush` called at the end of this iteration of the loop. */
  scheduleFlush(client: RingClient): void;
  /** As `scheduleFlush`, once it is known what became of the direct sends of this turn. */
  scheduleFlushNextTurn(client: RingClient): void;
  /** Takes a number for the operations of `client`. */
  takeId(client: RingClient): number;
  /** To be called when none of its operations is under way. */
  giveBackId(id: number): void;
}
