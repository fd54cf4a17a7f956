import type { Dispatcher, Timer } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import { completionFlags, entryFlags, operations } from '../../../native/io-uring.ts';
import type { AcceptHandler, ListenSocket } from '../engine.ts';
import { kinds, type RingClient, type RingContext } from './ring-context.ts';
import { errorOfResult, type RingStreamSocket } from './ring-socket.ts';

const closeOnExec = 0x8_0000;
const errnoCanceled = -125;
/** After a failure to accept, for want of descriptors say. */
const retryMs = 100;

export interface RingListenHost extends RingContext {
  readonly dispatcher: Dispatcher;
  accept(fd: number, listenAddress: Address): RingStreamSocket;
  onListenClosed(socket: RingListenSocket): void;
}

/** Accepts by one operation that goes on until it is cancelled. */
export class RingListenSocket implements ListenSocket, RingClient {
  readonly address: Address;
  readonly #host: RingListenHost;
  readonly #handler: AcceptHandler;
  readonly #fd: number;
  readonly #id: number;
  readonly #retry: Timer;
  #accepting: 'no' | 'underway' | 'cancelling' = 'no';
  /** Accepted before the cancellation of a pause took effect. */
  #early: number[] = [];
  #flushScheduled = false;
  #paused = false;
  #closed = false;

  constructor(host: RingListenHost, fd: number, address: Address, handler: AcceptHandler) {
    this.address = address;
    this.#host = host;
    this.#handler = handler;
    this.#fd = fd;
    this.#id = host.takeId(this);
    host.ledger.own(fd);
    this.#retry = host.dispatcher.createTimer(() => this.#scheduleFlush());
    this.#scheduleFlush();
  }

  pause(): void {
    this.#paused = true;
    this.#scheduleFlush();
  }

  resume(): void {
    this.#paused = false;
    this.#scheduleFlush();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#retry[Symbol.dispose]();
    const { libc, ring, ledger } = this.#host;
    for (const fd of this.#early) {
      ledger.disown(fd);
      libc.close(fd);
    }
    this.#early = [];
    if (this.#accepting === 'underway') ring.pushCancel(this.#id, kinds.accept, kinds.ignored);
    ledger.disown(this.#fd);
    ring.push(operations.close | entryFlags.silent, this.#fd, 0, 0, 0, 0, 0, 0, kinds.ignored);
    this.#host.onListenClosed(this);
    if (this.#accepting === 'no') this.#host.giveBackId(this.#id);
  }

  flush(): void {
    this.#flushScheduled = false;
    if (this.#closed) return;
    if (this.#paused) {
      if (this.#accepting !== 'underway') return;
      this.#accepting = 'cancelling';
      this.#host.ring.pushCancel(this.#id, kinds.accept, kinds.ignored);
      return;
    }
    while (this.#early.length > 0 && !this.#paused) this.#handOut(this.#early.shift() as number);
    if (this.#accepting === 'no' && !this.#closed && !this.#paused && !this.#retry.enabled) this.#accept();
  }

  onCompletion(_kind: number, result: number, flags: number): void {
    const ended = (flags & completionFlags.more) === 0;
    if (ended) this.#accepting = 'no';
    if (result >= 0) this.#onAccepted(result);
    else if (result !== errnoCanceled && !this.#closed) this.#onFailed(result);
    if (!ended) return;
    if (this.#closed) this.#host.giveBackId(this.#id);
    else this.#scheduleFlush();
  }

  #accept(): void {
    this.#accepting = 'underway';
    const operation = operations.accept | entryFlags.multishotAccept;
    this.#host.ring.push(operation, this.#fd, 0, 0, 0, 0, closeOnExec, this.#id, kinds.accept);
  }

  #onAccepted(fd: number): void {
    if (this.#closed) this.#host.libc.close(fd);
    else if (this.#paused) this.#keep(fd);
    else this.#handOut(fd);
  }

  #keep(fd: number): void {
    this.#host.ledger.own(fd);
    this.#early.push(fd);
  }

  #handOut(fd: number): void {
    this.#handler.onAccept(this.#host.accept(fd, this.address));
  }

  #onFailed(result: number): void {
    this.#retry.enableTimer(retryMs);
    this.#handler.onAcceptError(errorOfResult(result));
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#closed) return;
    this.#flushScheduled = true;
    this.#host.scheduleFlush(this);
  }
}
