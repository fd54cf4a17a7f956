import { Socket, type SocketConstructorOpts } from 'node:net';
import type { Dispatcher, SchedulableCallback } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import { LinkedList } from '../../../common/linked-list.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { ofAddressData } from '../../../common/network/listen-transfer.ts';
import { Descriptors } from '../../../native/descriptor.ts';
import { Libc } from '../../../native/libc.ts';
import type {
  AcceptHandler,
  BindOptions,
  BoundSocket,
  ConnectOptions,
  KeepAlive,
  ListenSocket,
  ListenTransfer,
  SocketEngine,
  SocketOption,
  StreamSocket,
  UdpConnectOptions,
  UdpSocket,
} from '../engine.ts';
import { openConnecting } from '../io-uring/ring-bind.ts';
import { familyOf } from '../io-uring/socket-address.ts';
import { closeWithReset, originalDestination, tcpInfo } from '../io-uring/socket-options.ts';
import { SocketError } from '../socket-error.ts';
import { addressOf, handleOf, pathOf, type StreamHandle } from './handles.ts';
import { kernelKeepAlive } from './keep-alive.ts';
import { bindSocket, NodeListenSocket } from './node-listen.ts';
import { NodeStreamSocket, type SocketHost } from './node-socket.ts';
import { adoptUdpSocket, bindUdpSocket, connectUdpSocket, localAddressOf } from './node-udp-bind.ts';
import { NodeUdpSocket, type UdpHost } from './node-udp-socket.ts';
import { ReadMemory } from './read-memory.ts';

const unspecified = new IpAddress('0.0.0.0', 0);

/** Sockets by node:net and node:dgram: everywhere that Node runs. One engine a thread. */
export class NodeSocketEngine implements SocketEngine, SocketHost, UdpHost {
  readonly name = 'node';
  readonly supportsSocketOptions = process.platform === 'linux';
  readonly memory = new ReadMemory();
  readonly #dispatcher: Dispatcher;
  readonly #descriptors = new Descriptors();
  readonly #sockets = new LinkedList<NodeStreamSocket>();
  readonly #listening = new Set<NodeListenSocket>();
  readonly #udpSockets = new Set<NodeUdpSocket>();
  readonly #flushCallback: SchedulableCallback;
  #kernelKeepAlive: Required<KeepAlive> | undefined = undefined;
  #libc: Libc | undefined = undefined;
  #unflushed: NodeStreamSocket[] = [];
  #flushing: NodeStreamSocket[] = [];

  constructor(dispatcher: Dispatcher) {
    this.#dispatcher = dispatcher;
    this.#flushCallback = dispatcher.createSchedulableCallback(() => this.#flush());
  }

  bind(options: BindOptions): BoundSocket | SocketError {
    return bindSocket(options, this.#descriptors);
  }

  listen(transfer: ListenTransfer, handler: AcceptHandler): ListenSocket | SocketError {
    const socket = new NodeListenSocket(transfer, handler, {
      descriptors: this.#descriptors,
      accept: (handle, local) => this.#accept(handle, local),
      onClosed: (closed) => this.#listening.delete(closed),
    });
    const error = socket.open();
    if (error !== undefined) return error;
    this.#listening.add(socket);
    return socket;
  }

  adopt(descriptor: number, listenAddress: Address): StreamSocket {
    return this.#createAccepted(listenAddress, { fd: descriptor, readable: true, writable: true });
  }

  duplicate(fd: number): number | undefined {
    return this.#descriptors.duplicate(fd);
  }

  connect(options: ConnectOptions): StreamSocket {
    const { address, sourceAddress, socketOptions = [] } = options;
    const stream = new NodeStreamSocket(this, sourceAddress ?? unspecified, address, (owner) => {
      const prepared = socketOptions.length === 0 ? undefined : this.#prepare(address, sourceAddress, socketOptions);
      const socket = new Socket({
        ...this.#options(owner),
        ...(typeof prepared === 'number' && { fd: prepared }),
      });
      socket.pause();
      if (prepared !== undefined) return this.#connectPrepared(socket, prepared, address);
      if (address.kind === 'pipe') return socket.connect({ path: pathOf(address.asString) });
      const to = { host: address.ip, port: address.port, autoSelectFamily: false };
      if (sourceAddress === undefined) return socket.connect(to);
      return socket.connect({ ...to, localAddress: sourceAddress.ip, localPort: sourceAddress.port });
    });
    if (options.keepAlive !== undefined) stream.setKeepAlive(options.keepAlive);
    return stream;
  }

  bindUdp(options: BindOptions): BoundSocket | SocketError {
    return bindUdpSocket(options, this.#descriptors);
  }

  openUdp(transfer: ListenTransfer): UdpSocket | SocketError {
    if (transfer.kind !== 'descriptor') return new SocketError('EINVAL');
    const address = ofAddressData(transfer.address);
    const socket = adoptUdpSocket(transfer.fd, address);
    return socket instanceof SocketError ? socket : this.#addUdp(new NodeUdpSocket(this, socket, address, undefined));
  }

  connectUdp(options: UdpConnectOptions): UdpSocket | SocketError {
    const socket = connectUdpSocket(options);
    if (socket instanceof SocketError) return socket;
    return this.#addUdp(new NodeUdpSocket(this, socket, localAddressOf(socket), options.address));
  }

  post(callback: () => void): void {
    this.#dispatcher.post(callback);
  }

  onUdpClosed(socket: NodeUdpSocket): void {
    this.#udpSockets.delete(socket);
  }

  scheduleFlush(socket: NodeStreamSocket): void {
    this.#unflushed.push(socket);
    this.#flushCallback.scheduleCallbackCurrentIteration();
  }

  nowMs(): number {
    return this.#dispatcher.approximateMonotonicTimeMs();
  }

  kernelKeepAlive(): Required<KeepAlive> {
    this.#kernelKeepAlive ??= kernelKeepAlive();
    return this.#kernelKeepAlive;
  }

  originalDestination(fd: number, remoteAddress: Address): Address | undefined {
    if (!this.supportsSocketOptions) return undefined;
    this.#libc ??= new Libc();
    return originalDestination(this.#libc, fd, familyOf(remoteAddress));
  }

  tcpInfo(fd: number): Uint8Array | undefined {
    if (!this.supportsSocketOptions) return undefined;
    this.#libc ??= new Libc();
    return tcpInfo(this.#libc, fd);
  }

  closeWithReset(fd: number): void {
    if (!this.supportsSocketOptions) return;
    this.#libc ??= new Libc();
    closeWithReset(this.#libc, fd);
  }

  onOpened(socket: NodeStreamSocket): void {
    this.#sockets.addLast(socket);
  }

  onClosed(socket: NodeStreamSocket): void {
    this.#sockets.remove(socket);
  }

  /** Sockets that are open, listening ones aside. */
  get openSockets(): number {
    return this.#sockets.size + this.#udpSockets.size;
  }

  [Symbol.dispose](): void {
    for (const socket of this.#listening) socket.close();
    for (const socket of this.#sockets.toArray()) socket.close();
    for (const socket of this.#udpSockets) socket.close();
    this.#flushCallback[Symbol.dispose]();
  }

  #addUdp(socket: NodeUdpSocket): NodeUdpSocket {
    this.#udpSockets.add(socket);
    return socket;
  }

  #accept(handle: StreamHandle, listenAddress: Address): NodeStreamSocket {
    return this.#createAccepted(listenAddress, { handle });
  }

  /** @param source what node:net makes a socket of, its types aside */
  #createAccepted(listenAddress: Address, source: object): NodeStreamSocket {
    return new NodeStreamSocket(this, listenAddress, listenAddress, (owner) => {
      const socket = new Socket({ ...this.#options(owner), ...source, manualStart: true } as object);
      if (listenAddress.kind !== 'ip') return socket;
      const handle = handleOf(socket);
      owner.localAddress = addressOf(handle, 'getsockname') ?? listenAddress;
      owner.remoteAddress = addressOf(handle, 'getpeername') ?? listenAddress;
      return socket;
    });
  }

  #options(owner: NodeStreamSocket): SocketConstructorOpts {
    return {
      allowHalfOpen: true,
      onread: {
        // Undefined, which the types leave out, keeps the memory as it is.
        buffer: () => owner.nextReadMemory() as Uint8Array,
        callback: (bytes) => {
          owner.onRead(bytes);
          return true;
        },
      },
    };
  }

  /** Node's sockets are made when they connect: those with options come from the C library. */
  #prepare(
    address: Address,
    sourceAddress: Address | undefined,
    socketOptions: readonly SocketOption[],
  ): number | SocketError {
    if (!this.supportsSocketOptions) return new SocketError('EOPNOTSUPP');
    this.#libc ??= new Libc();
    return openConnecting(this.#libc, address, { sourceAddress, socketOptions });
  }

  #connectPrepared(socket: Socket, prepared: number | SocketError, address: Address): Socket {
    if (typeof prepared === 'number')
      return socket.connect({ host: address.ip, port: address.port, autoSelectFamily: false });
    return socket.destroy(Object.assign(new Error(prepared.code), { socketError: prepared }));
  }

  /** Where one throws, the others keep their turn. */
  #flush(): void {
    const sockets = this.#unflushed;
    this.#unflushed = this.#flushing;
    this.#flushing = sockets;
    let at = 0;
    try {
      while (at < sockets.length) (sockets[at++] as NodeStreamSocket).flush();
    } finally {
      const left = sockets.splice(at);
      sockets.length = 0;
      for (const socket of left) this.scheduleFlush(socket);
    }
  }
}
