import type { FragmentOwner } from '../../../../sdk/buffer.ts';
import type { Dispatcher, SchedulableCallback } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import { LinkedList } from '../../../common/linked-list.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { toAddressData } from '../../../common/network/listen-transfer.ts';
import type {
  AcceptHandler,
  BindOptions,
  BoundSocket,
  ConnectOptions,
  ListenSocket,
  ListenTransfer,
  SocketEngine,
  UdpConnectOptions,
} from '../engine.ts';
import { SocketError } from '../socket-error.ts';
import type { Acceptor, Binding, MemoryNetwork } from './memory-network.ts';
import { type MemorySocketHost, MemoryStreamSocket } from './memory-socket.ts';
import type { MemoryUdpHost, MemoryUdpSocket } from './memory-udp-socket.ts';

/** Sockets without a kernel: deterministic, on virtual time, with faults at will. */
export class MemorySocketEngine implements SocketEngine, MemorySocketHost, MemoryUdpHost {
  readonly name = 'memory';
  readonly supportsSocketOptions = true;
  readonly dispatcher: Dispatcher;
  readonly #network: MemoryNetwork;
  readonly #sockets = new LinkedList<MemoryStreamSocket>();
  readonly #listening = new Set<MemoryListenSocket>();
  readonly #udpSockets = new Set<MemoryUdpSocket>();
  /** Runs of received bytes that someone holds still: an engine on the system lends its memory for them. */
  heldRuns = 0;

  constructor(dispatcher: Dispatcher, network: MemoryNetwork) {
    this.dispatcher = dispatcher;
    this.#network = network;
  }

  /** MemorySocketHost. */
  hold(): FragmentOwner {
    this.heldRuns++;
    return {
      release: () => {
        this.heldRuns--;
      },
    };
  }

  get openSockets(): number {
    return this.#sockets.size + this.#udpSockets.size;
  }

  bind(options: BindOptions): BoundSocket | SocketError {
    const binding = this.#network.bind(options);
    if (binding instanceof SocketError) return binding;
    return {
      address: binding.address,
      transfer: () => {
        const { id, address, backlog } = binding;
        // As a descriptor of its own: the address stays taken until whoever gets it has listened and closed.
        binding.users++;
        return { kind: 'descriptor', fd: id, address: toAddressData(address), backlog };
      },
      close: () => this.#network.release(binding),
    };
  }

  listen(transfer: ListenTransfer, handler: AcceptHandler): ListenSocket | SocketError {
    const binding = transfer.kind === 'descriptor' ? this.#network.byId(transfer.fd) : undefined;
    if (binding === undefined) return new SocketError('EBADF');
    const socket = new MemoryListenSocket(binding, handler, this.dispatcher, {
      accept: (connecting) => this.#accept(connecting, binding),
      onClosed: (closed) => {
        this.#listening.delete(closed);
        this.#network.release(binding);
      },
    });
    this.#listening.add(socket);
    return socket;
  }

  adopt(descriptor: number, listenAddress: Address): MemoryStreamSocket {
    const socket = this.#network.detached.get(descriptor);
    this.#network.detached.delete(descriptor);
    const adopted = socket ?? new MemoryStreamSocket(this, this.dispatcher, listenAddress, listenAddress, {});
    adopted.moveTo(this, this.dispatcher);
    this.#sockets.addLast(adopted);
    if (socket === undefined) this.dispatcher.post(() => adopted.onFailure('EBADF'));
    return adopted;
  }

  detach(socket: MemoryStreamSocket): number {
    this.#sockets.remove(socket);
    return this.#network.detach(socket);
  }

  connect(options: ConnectOptions): MemoryStreamSocket {
    const { address, sourceAddress } = options;
    const local = sourceAddress ?? new IpAddress(address.ipVersion === 6 ? '::' : '0.0.0.0', 0);
    const faults = this.#network.faults(address);
    const { connect, latencyMs } = faults;
    const socket = new MemoryStreamSocket(this, this.dispatcher, local, address, faults);
    this.#sockets.addLast(socket);
    if (connect === 'ignore') return socket;
    const timer = this.dispatcher.createTimer(() => {
      if (connect === 'unreachable') socket.onFailure('EHOSTUNREACH');
      else if (connect === 'refuse') socket.onFailure('ECONNREFUSED');
      else this.#reach(socket);
    });
    timer.enableTimer(latencyMs ?? 0);
    return socket;
  }

  bindUdp(options: BindOptions): BoundSocket | SocketError {
    const { datagrams } = this.#network;
    const binding = datagrams.bind(options);
    if (binding instanceof SocketError) return binding;
    const { address } = binding;
    return {
      address,
      transfer: () => ({
        kind: 'descriptor',
        fd: datagrams.retain(binding),
        address: toAddressData(address),
        backlog: 0,
      }),
      close: () => datagrams.release(binding),
    };
  }

  openUdp(transfer: ListenTransfer): MemoryUdpSocket | SocketError {
    if (transfer.kind !== 'descriptor') return new SocketError('EINVAL');
    return this.#addUdp(this.#network.datagrams.open(this, transfer.fd));
  }

  connectUdp({ address, sourceAddress }: UdpConnectOptions): MemoryUdpSocket | SocketError {
    return this.#addUdp(this.#network.datagrams.connect(this, address, sourceAddress));
  }

  onUdpClosed(socket: MemoryUdpSocket): void {
    this.#udpSockets.delete(socket);
  }

  onClosed(socket: MemoryStreamSocket): void {
    this.#sockets.remove(socket);
  }

  [Symbol.dispose](): void {
    for (const socket of this.#listening) socket.close();
    for (const socket of this.#sockets.toArray()) socket.close();
    for (const socket of this.#udpSockets) socket.close();
  }

  #addUdp(socket: MemoryUdpSocket | SocketError): MemoryUdpSocket | SocketError {
    if (!(socket instanceof SocketError)) this.#udpSockets.add(socket);
    return socket;
  }

  #reach(socket: MemoryStreamSocket): void {
    if (socket.closed) return;
    const { localAddress } = socket;
    const local = localAddress.port === 0 && localAddress.kind === 'ip' ? this.#sourceOf(socket) : localAddress;
    socket.localAddress = local;
    const acceptor = this.#network.acceptorOf(socket.remoteAddress);
    if (acceptor === undefined) socket.onFailure('ECONNREFUSED');
    else if (acceptor.offer(socket)) socket.onConnected(local);
  }

  #sourceOf(socket: MemoryStreamSocket): Address {
    const { localAddress, remoteAddress } = socket;
    const isAny = localAddress instanceof IpAddress && localAddress.isAny;
    return new IpAddress(isAny ? remoteAddress.ip : localAddress.ip, this.#network.freePort());
  }

  #accept(connecting: MemoryStreamSocket, binding: Binding): MemoryStreamSocket {
    const remote = binding.address.kind === 'pipe' ? binding.address : connecting.localAddress;
    const { remoteAddress, faults } = connecting;
    const socket = new MemoryStreamSocket(this, this.dispatcher, remoteAddress, remote, faults);
    this.#sockets.addLast(socket);
    MemoryStreamSocket.join(connecting, socket);
    return socket;
  }
}

interface ListenHost {
  accept(connecting: MemoryStreamSocket): MemoryStreamSocket;
  onClosed(socket: MemoryListenSocket): void;
}

class MemoryListenSocket implements ListenSocket, Acceptor {
  readonly address: Address;
  readonly #binding: Binding;
  readonly #handler: AcceptHandler;
  readonly #host: ListenHost;
  readonly #queue: MemoryStreamSocket[] = [];
  readonly #acceptCallback: SchedulableCallback;
  #closed = false;
  paused = false;

  constructor(binding: Binding, handler: AcceptHandler, dispatcher: Dispatcher, host: ListenHost) {
    this.address = binding.address;
    this.#binding = binding;
    this.#handler = handler;
    this.#host = host;
    this.#acceptCallback = dispatcher.createSchedulableCallback(() => this.#accept());
    binding.acceptors.push(this);
  }

  offer(connecting: MemoryStreamSocket): boolean {
    if (this.#queue.length >= this.#binding.backlog) return false;
    this.#queue.push(this.#host.accept(connecting));
    this.#acceptCallback.scheduleCallbackCurrentIteration();
    return true;
  }

  pause(): void {
    this.paused = true;
  }

  resume(): void {
    this.paused = false;
    this.#acceptCallback.scheduleCallbackCurrentIteration();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#binding.acceptors.splice(this.#binding.acceptors.indexOf(this), 1);
    for (const socket of this.#queue.splice(0)) socket.abort();
    this.#host.onClosed(this);
  }

  #accept(): void {
    while (!this.paused && !this.#closed) {
      const socket = this.#queue.shift();
      if (socket === undefined) return;
      this.#handler.onAccept(socket);
    }
  }
}
