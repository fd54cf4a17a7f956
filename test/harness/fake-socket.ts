/** Sockets without a network, driven by the test that holds them. */
import type { Buffer } from '../../sdk/buffer.ts';
import type { Address } from '../../sdk/network.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { IpAddress } from '../../src/common/network/address.ts';
import {
  type ConnectOptions,
  type KeepAlive,
  type SocketEngine,
  SocketError,
  type StreamSocket,
  type StreamSocketHandler,
  type UdpConnectOptions,
  type UdpSender,
  type UdpSocket,
  type UdpSocketHandler,
} from '../../src/network/engine/engine.ts';

/** An address of numbers and dots; equal when its text is. */
export function fakeAddress(text: string): Address {
  const isPipe = text.startsWith('/') || text.startsWith('@');
  const colon = text.lastIndexOf(':');
  return {
    kind: isPipe ? 'pipe' : 'ip',
    asString: text,
    ip: isPipe ? '' : text.slice(0, colon).replace(/^\[|\]$/g, ''),
    ipVersion: isPipe ? undefined : text.includes('[') ? 6 : 4,
    port: isPipe ? 0 : Number(text.slice(colon + 1)),
    equals: (other) => other.asString === text,
  };
}

export class FakeSocket implements StreamSocket {
  localAddress = fakeAddress('10.0.0.1:1000');
  readonly remoteAddress: Address;
  handler: StreamSocketHandler | undefined;
  /** What the kernel took. */
  readonly sent: Buffer = new SliceBuffer();
  /** While true the kernel takes nothing. */
  blocked = false;
  readDisabled = false;
  ended = false;
  state: 'open' | 'closed' | 'aborted' = 'open';
  noDelay: boolean | undefined;
  keepAlive: KeepAlive | undefined;
  readonly #waiting: Buffer = new SliceBuffer();

  constructor(remoteAddress = fakeAddress('10.0.0.2:80')) {
    this.remoteAddress = remoteAddress;
  }

  get pendingBytes(): number {
    return this.#waiting.length;
  }

  /** It tells whenever the test says that the kernel takes something. */
  requestWritable(): void {}

  start(handler: StreamSocketHandler): void {
    this.handler = handler;
  }

  write(buffer: Buffer): void {
    (this.blocked ? this.#waiting : this.sent).move(buffer);
  }

  readDisable(disable: boolean): void {
    this.readDisabled = disable;
  }

  shutdownWrite(): void {
    this.ended = true;
  }

  close(): void {
    this.state = 'closed';
  }

  abort(): void {
    this.state = 'aborted';
  }

  setNoDelay(enable: boolean): void {
    this.noDelay = enable;
  }

  detach(): SocketError {
    return new SocketError('EBADF');
  }

  tcpInfo(): undefined {}

  originalDestination(): Address | undefined {
    return undefined;
  }

  setKeepAlive(options: KeepAlive): void {
    this.keepAlive = options;
  }

  // What the other side and the kernel do.

  connected(): void {
    this.handler?.onConnected();
  }

  receive(text: string): void {
    const data = new SliceBuffer();
    data.add(text);
    this.handler?.onData(data);
  }

  peerEnds(): void {
    this.handler?.onEnd();
  }

  breaks(code = 'ECONNRESET'): void {
    this.state = 'closed';
    this.handler?.onClose(new SocketError(code));
  }

  /** The kernel takes `bytes` (all by default) of what waits. */
  takes(bytes = this.#waiting.length): void {
    this.sent.move(this.#waiting, bytes);
    this.handler?.onWritable(this.#waiting.length);
  }

  /** Text sent since it was last asked for. */
  takeSent(): string {
    const text = this.sent.toString();
    this.sent.drain(this.sent.length);
    return text;
  }
}

/** Hands out FakeSockets that never connect by themselves. */
/** Keeps what is sent, which the system takes at once. */
export class FakeUdpSocket implements UdpSocket {
  readonly localAddress = new IpAddress('127.0.0.1', 1);
  readonly remoteAddress: Address;
  readonly sent: string[] = [];
  handler: UdpSocketHandler | undefined = undefined;
  closed = false;

  constructor(remote: Address) {
    this.remoteAddress = remote;
  }

  start(handler: UdpSocketHandler): void {
    this.handler = handler;
  }

  send(data: Buffer, sender: UdpSender): void {
    const bytes = data.length;
    this.sent.push(data.toString());
    data.drain(bytes);
    sender.onSent(bytes);
  }

  readDisable(): void {}

  close(): void {
    this.closed = true;
  }
}

export class FakeSocketEngine implements Pick<SocketEngine, 'connect' | 'connectUdp'> {
  readonly sockets: FakeSocket[] = [];
  readonly connects: ConnectOptions[] = [];

  connect(options: ConnectOptions): StreamSocket {
    const socket = new FakeSocket(options.address);
    this.sockets.push(socket);
    this.connects.push(options);
    return socket;
  }

  /** UDP sockets; undefined = there are none to be had. */
  udpSockets: FakeUdpSocket[] | undefined = undefined;

  connectUdp({ address }: UdpConnectOptions): UdpSocket | SocketError {
    if (this.udpSockets === undefined) return new SocketError('EMFILE');
    const socket = new FakeUdpSocket(address);
    this.udpSockets.push(socket);
    return socket;
  }
}
