import type { Dispatcher, SchedulableCallback } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import type { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { ofAddressData } from '../../../common/network/listen-transfer.ts';
import type { CompletionHandler, IoUring } from '../../../native/io-uring.ts';
import { Libc } from '../../../native/libc.ts';
import type { MemoryMapper } from '../../../native/mapped-memory.ts';
import type { NativeLedger } from '../../../native/native-ledger.ts';
import type {
  AcceptHandler,
  BindOptions,
  BoundSocket,
  ConnectOptions,
  ListenSocket,
  ListenTransfer,
  SocketEngine,
  StreamSocket,
  UdpConnectOptions,
  UdpSocket,
} from '../engine.ts';
import { SocketError } from '../socket-error.ts';
import { DatagramMemory } from './datagram-memory.ts';
import type { DirectSends } from './direct-sends.ts';
import type { IoUringParts } from './open-io-uring.ts';
import { ReceiveMemory } from './receive-memory.ts';
import { bindSocket, openConnected, openConnecting, openListening } from './ring-bind.ts';
import type { RingClient } from './ring-context.ts';
import { AcceptedAt, type RingListenHost, type RingListenSocket } from './ring-listen.ts';
import { RingOwnListenSocket } from './ring-own-listen.ts';
import { RingSharedListenSocket } from './ring-shared-listen.ts';
import { errorOfResult, type RingSocketHost, RingStreamSocket } from './ring-socket.ts';
import { type RingUdpHost, RingUdpSocket } from './ring-udp-socket.ts';
import { type ReadableMemory, SendMemory } from './send-memory.ts';
import { SocketNames } from './socket-names.ts';

const unspecified = new IpAddress('0.0.0.0', 0);

/** What one turn of the loop may go on to serve at once, before other things have their turn. */
const mostTurns = 4;
const errnoBadDescriptor = -9;
/** So much may come to one socket before its owner can say that it wants no more: a body of 64 KiB with its head in one go. */
const boundOfReceives = 131_072;
/** For what the kernel cancels at the end. */
const mostEndTurns = 1000;

/** Sockets by io_uring: Linux 6.1 and later. One engine a thread. */
export class IoUringEngine implements SocketEngine, RingSocketHost, RingListenHost, RingUdpHost, CompletionHandler {
  readonly name = 'io_uring';
  readonly supportsSocketOptions = true;
  readonly dispatcher: Dispatcher;
  readonly ring: IoUring;
  readonly libc = new Libc();
  readonly names = new SocketNames(this.libc);
  readonly ledger: NativeLedger;
  readonly receiveMemory: ReceiveMemory;
  readonly endlessReceiveBytes: number;
  readonly receivable: ReadableMemory;
  readonly sendMemory: SendMemory;
  readonly directSends: DirectSends;
  readonly received: SliceBuffer;
  readonly #mapper: MemoryMapper;
  readonly #wake: Disposable;
  /** Stream sockets that are open; they are among the clients, as closed ones are of which an operation is under way. */
  #openStreams = 0;
  readonly #listening = new Set<RingListenSocket>();
  readonly #udpSockets = new Set<RingUdpSocket>();
  /** Made for the first UDP socket. */
  #datagrams: DatagramMemory | undefined = undefined;
  readonly #clients: (RingClient | undefined)[] = [undefined];
  readonly #freeIds: number[] = [];
  readonly #pumpCallback: SchedulableCallback;
  #unflushed: RingClient[] = [];
  #flushing: RingClient[] = [];
  #unflushedNextTurn: RingClient[] = [];
  /** Sockets that have handed the kernel a send since it last had nothing more to tell. */
  #sending: RingStreamSocket[] = [];
  #answered: RingStreamSocket[] = [];
  #pumping = false;
  #disposed = false;

  constructor(dispatcher: Dispatcher, parts: IoUringParts) {
    const { mapper, ring, buffers, receivable, wake, ledger, boundsReceives, directSends } = parts;
    this.ledger = ledger;
    this.endlessReceiveBytes = boundsReceives ? boundOfReceives : 0;
    this.dispatcher = dispatcher;
    this.ring = ring;
    this.#mapper = mapper;
    this.receiveMemory = new ReceiveMemory(buffers);
    this.receivable = receivable;
    this.sendMemory = new SendMemory(mapper);
    this.directSends = directSends;
    this.received = this.receiveMemory.createBuffer();
    this.#pumpCallback = dispatcher.createSchedulableCallback(() => this.#pump());
    this.#wake = wake;
  }

  bind(options: BindOptions): BoundSocket | SocketError {
    return bindSocket(this.libc, options);
  }

  listen(transfer: ListenTransfer, handler: AcceptHandler): ListenSocket | SocketError {
    if (this.#disposed) return new SocketError('EBADF');
    const fd = openListening(this.libc, transfer);
    if (fd instanceof SocketError) return fd;
    const Kind = transfer.kind === 'descriptor' ? RingSharedListenSocket : RingOwnListenSocket;
    const socket = new Kind(this, fd, ofAddressData(transfer.address), handler);
    this.#listening.add(socket);
    return socket;
  }

  adopt(descriptor: number, listenAddress: Address): StreamSocket {
    const at = new AcceptedAt(listenAddress);
    if (!this.#disposed) return this.accept(descriptor, at);
    this.libc.close(descriptor);
    return this.accept(errnoBadDescriptor, at);
  }

  connect({ address, sourceAddress, keepAlive, socketOptions = [] }: ConnectOptions): StreamSocket {
    const fd = this.#disposed
      ? new SocketError('EBADF')
      : openConnecting(this.libc, address, { sourceAddress, socketOptions });
    const socket = RingStreamSocket.connecting(this, fd, address, sourceAddress ?? unspecified);
    this.#openStreams++;
    if (keepAlive !== undefined) socket.setKeepAlive(keepAlive);
    return socket;
  }

  bindUdp(options: BindOptions): BoundSocket | SocketError {
    return bindSocket(this.libc, options, 'datagram');
  }

  openUdp(transfer: ListenTransfer): UdpSocket | SocketError {
    if (transfer.kind !== 'descriptor') return new SocketError('EINVAL');
    return this.#adoptUdp(transfer.fd, ofAddressData(transfer.address), undefined);
  }

  connectUdp({ address, sourceAddress, socketOptions = [] }: UdpConnectOptions): UdpSocket | SocketError {
    const fd = openConnected(this.libc, address, { sourceAddress, socketOptions });
    if (fd instanceof SocketError) return fd;
    return this.#adoptUdp(fd, this.names.local(fd) ?? unspecified, address);
  }

  get datagrams(): DatagramMemory {
    if (this.#datagrams === undefined) throw new Error('there is no UDP socket');
    return this.#datagrams;
  }

  /** The kernel has something to tell; once is enough. */
  onWake(): void {
    if (this.#disposed) return;
    this.ring.muteEvents(true);
    this.#schedulePump();
  }

  /** Sockets that are open, listening ones aside. */
  get openSockets(): number {
    return this.#openStreams + this.#udpSockets.size;
  }

  /** Sockets, listening ones too, and closed ones of which an operation is under way. */
  get usedIds(): number {
    return this.#clients.length - 1 - this.#freeIds.length;
  }

  accept(fd: number, { family, local, remote }: AcceptedAt): RingStreamSocket {
    const socket = new RingStreamSocket(this, fd, family, local, remote, unspecified);
    this.#openStreams++;
    return socket;
  }

  noteSending(socket: RingStreamSocket): void {
    this.#sending.push(socket);
  }

  scheduleFlush(client: RingClient): void {
    this.#unflushed.push(client);
    this.#schedulePump();
  }

  scheduleFlushNextTurn(client: RingClient): void {
    this.#unflushedNextTurn.push(client);
    this.#schedulePump();
  }

  takeId(client: RingClient): number {
    const id = this.#freeIds.pop();
    if (id === undefined) return this.#clients.push(client) - 1;
    this.#clients[id] = client;
    return id;
  }

  giveBackId(id: number): void {
    this.#clients[id] = undefined;
    this.#freeIds.push(id);
  }

  onClosed(): void {
    this.#openStreams--;
    this.#schedulePump();
  }

  onListenClosed(socket: RingListenSocket): void {
    this.#listening.delete(socket);
    this.#schedulePump();
  }

  onUdpClosed(socket: RingUdpSocket): void {
    this.#udpSockets.delete(socket);
    this.#schedulePump();
  }

  onCompletion(id: number, kind: number, result: number, flags: number): void {
    this.#clients[id]?.onCompletion(kind, result, flags);
  }

  [Symbol.dispose](): void {
    if (this.#disposed) return;
    this.#disposed = true;
    for (const socket of this.#listening) socket.close();
    for (const client of [...this.#clients]) if (client instanceof RingStreamSocket) client.close();
    for (const socket of this.#udpSockets) socket.close();
    this.#finishOperations();
    this.#pumpCallback[Symbol.dispose]();
    this.#wake[Symbol.dispose]();
    this.ledger.setRing(-1);
    this.ring[Symbol.dispose]();
    // Whatever the kernel has not finished may still be written to.
    if (this.usedIds > 0) return;
    // It may hold slices of what was received.
    this.directSends[Symbol.dispose]();
    this.receiveMemory[Symbol.dispose]();
    this.sendMemory[Symbol.dispose]();
    this.#datagrams?.[Symbol.dispose]();
  }

  #adoptUdp(fd: number, local: Address, remote: Address | undefined): UdpSocket | SocketError {
    if (this.#disposed) return this.#refuseUdp(fd, errnoBadDescriptor);
    if (this.#datagrams === undefined) {
      const datagrams = DatagramMemory.open(this.#mapper, this.ring);
      if (typeof datagrams === 'number') return this.#refuseUdp(fd, datagrams);
      this.#datagrams = datagrams;
    }
    const socket = new RingUdpSocket(this, fd, local, remote);
    this.#udpSockets.add(socket);
    return socket;
  }

  #refuseUdp(fd: number, result: number): SocketError {
    this.libc.close(fd);
    return errorOfResult(result);
  }

  #schedulePump(): void {
    if (!this.#pumping) this.#pumpCallback.scheduleCallbackCurrentIteration();
  }

  /**
   * Hands out what is there, and hands over what came of it, until the kernel has nothing more to tell. When that takes
   * long, others have their turn in between: the rest follows in the next iteration.
   */
  #pump(): void {
    if (this.#disposed) return;
    const { ring } = this;
    ring.muteEvents(true);
    this.#pumping = true;
    try {
      this.#drain();
      for (let turn = 0; turn < mostTurns; turn++) {
        this.#flush();
        if (this.#drain() > 0) continue;
        this.#afterSends();
        break;
      }
    } finally {
      this.#pumping = false;
      this.#endPump();
    }
  }

  #drain(): number {
    const count = this.ring.drain(this);
    if (this.ring.isSettled) this.#endTurn();
    return count;
  }

  /** What became of each direct send is known. */
  #endTurn(): void {
    this.directSends.nextTurn();
    const waiting = this.#unflushedNextTurn;
    for (let client = waiting.pop(); client !== undefined; client = waiting.pop()) this.#unflushed.push(client);
  }

  #endPump(): void {
    if (this.#disposed) return;
    this.#pumping = true;
    try {
      this.#flush();
    } finally {
      this.#pumping = false;
      this.ring.muteEvents(false);
      if (this.ring.hasCompletions || this.#waits) this.#pumpCallback.scheduleCallbackNextIteration();
    }
  }

  get #waits(): boolean {
    return this.#unflushed.length > 0 || this.#unflushedNextTurn.length > 0;
  }

  #afterSends(): void {
    const sending = this.#sending;
    if (sending.length === 0) return;
    this.#sending = this.#answered;
    this.#answered = sending;
    takeTurns(sending, (socket) => socket.afterSends(), this.#sending);
  }

  #flush(): void {
    while (this.#unflushed.length > 0) {
      const clients = this.#unflushed;
      this.#unflushed = this.#flushing;
      this.#flushing = clients;
      takeTurns(clients, (client) => client.flush(), this.#unflushed);
    }
    this.receiveMemory.publish();
    this.#datagrams?.publish();
    this.ring.enter();
  }

  #finishOperations(): void {
    for (let turn = 0; turn < mostEndTurns && this.usedIds > 0; turn++) {
      this.#flush();
      this.#drain();
    }
    if (this.ring.queued > 0) this.ring.submit();
  }
}

/** Empties `waiting`. Where one throws, the others keep their turn, among the `next`. */
function takeTurns<Client>(waiting: Client[], turn: (client: Client) => void, next: Client[]): void {
  let at = 0;
  try {
    while (at < waiting.length) turn(waiting[at++] as Client);
  } finally {
    for (; at < waiting.length; at++) next.push(waiting[at] as Client);
    // To set the length is a call into the runtime, and gives the list's memory away.
    while (waiting.length > 0) waiting.pop();
  }
}
