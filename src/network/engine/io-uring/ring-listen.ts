import type { Dispatcher, Timer } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { entryFlags, operations } from '../../../native/io-uring.ts';
import type { AcceptHandler, ListenSocket } from '../engine.ts';
import { kinds, type RingClient, type RingContext } from './ring-context.ts';
import { errorOfResult, type RingStreamSocket } from './ring-socket.ts';
import { familyOf } from './socket-address.ts';

/** After a failure to accept, for want of descriptors say. */
const retryMs = 100;

export interface RingListenHost extends RingContext {
  readonly dispatcher: Dispatcher;
  accept(fd: number, at: AcceptedAt): RingStreamSocket;
  onListenClosed(socket: RingListenSocket): void;
}

/** What is known of each socket that is accepted at an address. */
export class AcceptedAt {
  readonly family: number;
  /** Undefined: to be asked of the system. */
  readonly local: Address | undefined;
  readonly remote: Address | undefined;

  constructor(address: Address) {
    const isAny = address instanceof IpAddress && address.isAny;
    this.family = familyOf(address);
    this.local = isAny ? undefined : address;
    this.remote = address.kind === 'pipe' ? address : undefined;
  }
}

/** Listens by one operation at a time; which one that is, and what comes of it, is for those below. */
export abstract class RingListenSocket implements ListenSocket, RingClient {
  readonly address: Address;
  protected readonly host: RingListenHost;
  readonly #acceptedAt: AcceptedAt;
  protected readonly fd: number;
  protected readonly id: number;
  protected paused = false;
  protected closed = false;
  /** The operation. */
  protected waiting: 'no' | 'underway' | 'cancelling' = 'no';
  readonly #handler: AcceptHandler;
  readonly #retry: Timer;
  #flushScheduled = false;

  constructor(host: RingListenHost, fd: number, address: Address, handler: AcceptHandler) {
    this.address = address;
    this.#acceptedAt = new AcceptedAt(address);
    this.host = host;
    this.#handler = handler;
    this.fd = fd;
    this.id = host.takeId(this);
    host.ledger.own(fd);
    this.#retry = host.dispatcher.createTimer(() => this.scheduleFlush());
    this.scheduleFlush();
  }

  pause(): void {
    this.paused = true;
    this.scheduleFlush();
  }

  resume(): void {
    this.paused = false;
    this.scheduleFlush();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#retry[Symbol.dispose]();
    const { ring, ledger } = this.host;
    if (this.waiting === 'underway') ring.pushCancel(this.id, kinds.accept, kinds.ignored);
    ledger.disown(this.fd);
    ring.push(operations.close | entryFlags.silent, this.fd, 0, 0, 0, 0, 0, 0, kinds.ignored);
    this.host.onListenClosed(this);
    if (this.waiting === 'no') this.host.giveBackId(this.id);
  }

  flush(): void {
    this.#flushScheduled = false;
    if (this.closed) return;
    if (this.paused) {
      this.#cancel();
      return;
    }
    if (!this.mayAccept || this.waiting !== 'no') return;
    this.waiting = 'underway';
    this.wait();
  }

  abstract onCompletion(kind: number, result: number, flags: number): void;

  /** Starts the operation, of kind `accept`. */
  protected abstract wait(): void;

  protected get mayAccept(): boolean {
    return !this.paused && !this.closed && !this.#retry.enabled;
  }

  protected onWaitEnded(): void {
    this.waiting = 'no';
    if (this.closed) this.host.giveBackId(this.id);
    else this.scheduleFlush();
  }

  protected handOut(fd: number): void {
    this.#handler.onAccept(this.host.accept(fd, this.#acceptedAt));
  }

  protected onFailed(result: number): void {
    this.#retry.enableTimer(retryMs);
    this.#handler.onAcceptError(errorOfResult(result));
  }

  protected scheduleFlush(): void {
    if (this.#flushScheduled || this.closed) return;
    this.#flushScheduled = true;
    this.host.scheduleFlush(this);
  }

  #cancel(): void {
    if (this.waiting !== 'underway') return;
    this.waiting = 'cancelling';
    this.host.ring.pushCancel(this.id, kinds.accept, kinds.ignored);
  }
}
