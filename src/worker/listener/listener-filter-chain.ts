import type { Buffer } from '../../../sdk/buffer.ts';
import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { Address, FilterStatus, ListenerFilter, ListenerFilterCallbacks } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import type { ListNode } from '../../common/linked-list.ts';
import { GuardedDispatcher } from '../../event/guarded-dispatcher.ts';
import type { SocketError, StreamSocket, StreamSocketHandler } from '../../network/engine/engine.ts';
import type { SocketConnectionInfo } from '../network/connection-info.ts';
import type { ListenerStats } from './listener-stats.ts';
import { PeekedSocket } from './peeked-socket.ts';

export interface ListenerFilterChainOptions {
  readonly filters: readonly ListenerFilter[];
  readonly dispatcher: Dispatcher;
  readonly info: SocketConnectionInfo;
  readonly streamInfo: StreamInfo;
  readonly stats: ListenerStats;
  /** 0 = none. */
  readonly timeoutMs: number;
  readonly continueOnTimeout: boolean;
  /** Counts and logs what a filter has thrown. */
  readonly reportFault: (error: unknown) => void;
}

/** Where the socket goes once its filters have passed it: the connection, or nothing when it is refused. */
export type HandOver = (socket: StreamSocket, peeked: PeekedSocket | undefined) => StreamSocketHandler | undefined;

/**
 * An accepted socket whose listener filters have not decided yet (Envoy's ActiveTcpSocket). It reads what they ask for,
 * then hands the socket and the bytes that are left to the connection and passes on the socket's events.
 */
export class ListenerFilterChain
  implements ListNode<ListenerFilterChain>, StreamSocketHandler, ListenerFilterCallbacks
{
  previous: ListenerFilterChain | undefined = undefined;
  next: ListenerFilterChain | undefined = undefined;
  readonly info: SocketConnectionInfo;
  readonly dispatcher: Dispatcher;
  readonly streamInfo: StreamInfo;
  readonly #options: ListenerFilterChainOptions;
  readonly #socket: StreamSocket;
  readonly #handOver: HandOver;
  readonly #onGone: (chain: ListenerFilterChain, passed: boolean) => void;
  readonly #received = new SliceBuffer();
  #timer: Timer | undefined = undefined;
  #next = 0;
  #waiting: ListenerFilter | undefined = undefined;
  #peerEnded = false;
  #state: 'filtering' | 'handed over' | 'closed' = 'filtering';
  #target: StreamSocketHandler | undefined = undefined;

  constructor(
    socket: StreamSocket,
    options: ListenerFilterChainOptions,
    handOver: HandOver,
    onGone: (chain: ListenerFilterChain, passed: boolean) => void,
  ) {
    this.#socket = socket;
    this.#options = options;
    this.#handOver = handOver;
    this.#onGone = onGone;
    this.info = options.info;
    this.dispatcher = new GuardedDispatcher(options.dispatcher, (error) => this.#onFault(error));
    this.streamInfo = options.streamInfo;
  }

  /** @param adopted the socket was started by the filters of another listener, which passes its events on */
  start(adopted = false): void {
    this.#options.stats.preCxActive.inc();
    if (!adopted) this.#socket.start(this);
    if (this.#options.timeoutMs > 0) {
      this.#timer = this.dispatcher.createTimer(() => this.#onTimeout());
      this.#timer.enableTimer(this.#options.timeoutMs);
    }
    this.#run();
  }

  /** The listener goes, or a filter refuses: the socket with it. Bytes that nobody took are answered with a reset. */
  close(): void {
    if (this.#state !== 'filtering') return;
    const unread = this.#received.length;
    this.#finish('closed');
    if (unread > 0) this.#socket.abort();
    else this.#socket.close();
  }

  originalDestination(): Address | undefined {
    return this.#socket.originalDestination();
  }

  continueFilterChain(success: boolean): void {
    if (this.#state !== 'filtering') return;
    if (!success) return this.close();
    this.#waiting = undefined;
    this.#run();
  }

  onConnected(): void {}

  onData(buffer: Buffer): void {
    if (this.#target !== undefined) return this.#target.onData(buffer);
    this.#received.move(buffer);
    this.#offerData();
  }

  onEnd(): void {
    if (this.#target !== undefined) return this.#target.onEnd();
    this.#peerEnded = true;
    this.#options.stats.listenerFilterRemoteClose.inc();
    this.close();
  }

  onWritable(pendingBytes: number): void {
    this.#target?.onWritable(pendingBytes);
  }

  onClose(error: SocketError): void {
    if (this.#target !== undefined) return this.#target.onClose(error);
    if (this.#state !== 'filtering') return;
    // A reset, say: unlike a peer that ends in order it is a fault, as in Envoy.
    this.#options.stats.listenerFilterError.inc();
    this.#finish('closed');
  }

  #run(): void {
    const { filters } = this.#options;
    while (this.#state === 'filtering' && this.#waiting === undefined) {
      const filter = filters[this.#next];
      if (filter === undefined) return this.#complete();
      this.#next++;
      try {
        if (filter.onAccept(this) === 'StopIteration') this.#waiting = filter;
      } catch (error) {
        this.#onFault(error);
      }
    }
    if (this.#received.length > 0) this.#offerData();
  }

  /** A filter that waits for data sees all that has come so far, and never more than it asked for is kept. */
  #offerData(): void {
    const filter = this.#waiting;
    if (filter?.onData === undefined || this.#state !== 'filtering') return;
    const status = this.#ask(filter);
    if (this.#state !== 'filtering') return;
    if (status === 'Continue') return this.continueFilterChain(true);
    if (this.#received.length >= filter.maxReadBytes) this.#refuse();
  }

  #ask(filter: ListenerFilter): FilterStatus {
    try {
      return filter.onData?.(this.#received) ?? 'Continue';
    } catch (error) {
      this.#onFault(error);
      return 'StopIteration';
    }
  }

  /** A filter has thrown: this socket ends, and nothing else. */
  #onFault(error: unknown): void {
    this.#options.reportFault(error);
    this.close();
  }

  #onTimeout(): void {
    this.#options.stats.preCxTimeout.inc();
    if (!this.#options.continueOnTimeout) return this.close();
    this.#next = this.#options.filters.length;
    this.continueFilterChain(true);
  }

  #refuse(): void {
    this.#options.stats.listenerFilterError.inc();
    this.close();
  }

  #complete(): void {
    this.#finish('handed over');
    const peeked =
      this.#received.length > 0 ? new PeekedSocket(this.#socket, this.#received, this.#options.dispatcher) : undefined;
    const target = this.#handOver(this.#socket, peeked);
    if (target === undefined) return this.#received.drain(this.#received.length);
    this.#target = target;
    if (this.#peerEnded) target.onEnd();
  }

  #finish(state: 'handed over' | 'closed'): void {
    this.#state = state;
    this.#timer?.[Symbol.dispose]();
    this.#options.stats.preCxActive.dec();
    if (state === 'closed') this.#received.drain(this.#received.length);
    if (state === 'closed') for (const filter of this.#options.filters) this.#tellClosed(filter);
    this.#onGone(this, state === 'handed over');
  }

  #tellClosed(filter: ListenerFilter): void {
    try {
      filter.onClose?.();
    } catch (error) {
      this.#options.reportFault(error);
    }
  }
}
