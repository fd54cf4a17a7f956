/** Sockets that cost nothing, for benchmarks of everything above them: the benchmark is client, upstream and kernel. */
import type { Buffer, FragmentOwner } from '../../sdk/buffer.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { IpAddress } from '../../src/common/network/address.ts';
import { toAddressData } from '../../src/common/network/listen-transfer.ts';
import type {
  AcceptHandler,
  BindOptions,
  BoundSocket,
  ConnectOptions,
  ListenSocket,
  ListenTransfer,
  SocketEngine,
  StreamSocket,
  StreamSocketHandler,
} from '../../src/network/engine/engine.ts';
import { SocketError } from '../../src/network/engine/engine.ts';

const ownerOfReceived: FragmentOwner = { release() {} };

export class BenchSocket implements StreamSocket {
  readonly localAddress = new IpAddress('127.0.0.1', 10_000);
  readonly remoteAddress = new IpAddress('127.0.0.1', 54_321);
  readonly pendingBytes = 0;
  /** Bytes written since the benchmark last looked. */
  writtenBytes = 0;
  #handler: StreamSocketHandler | undefined = undefined;
  readonly #received = new SliceBuffer();

  start(handler: StreamSocketHandler): void {
    this.#handler = handler;
  }

  /** For connections to upstreams: they stand. */
  connected(): void {
    this.#handler?.onConnected();
  }

  /** The peer has closed. */
  end(): void {
    this.#handler?.onEnd();
  }

  /** As an engine hands on what it received into its own memory. */
  receive(memory: Uint8Array, start: number, end: number): void {
    this.#received.addRange(memory, start, end, ownerOfReceived);
    this.#handler?.onData(this.#received);
  }

  write(buffer: Buffer): void {
    this.writtenBytes += buffer.length;
    buffer.drain(buffer.length);
  }

  readDisable(): void {}
  shutdownWrite(): void {}
  close(): void {}
  abort(): void {}
  requestWritable(): void {}
  setNoDelay(): void {}
  tcpInfo(): undefined {}

  originalDestination(): undefined {}

  detach(): SocketError {
    return new SocketError('EBADF');
  }

  setKeepAlive(): void {}
}

export class BenchSocketEngine implements SocketEngine {
  readonly name = 'memory';
  readonly supportsSocketOptions = true;
  /** Of the listener that was added last. */
  acceptor: AcceptHandler | undefined = undefined;
  readonly upstreams: BenchSocket[] = [];

  bind({ address }: BindOptions): BoundSocket {
    return {
      address,
      transfer: () => ({ kind: 'descriptor', fd: 0, address: toAddressData(address), backlog: 1 }),
      close() {},
    };
  }

  listen(transfer: ListenTransfer, handler: AcceptHandler): ListenSocket {
    this.acceptor = handler;
    const { address } = transfer as { address: { ip: string; port: number } };
    return { address: new IpAddress(address.ip, address.port), pause() {}, resume() {}, close() {} };
  }

  adopt(): BenchSocket {
    return new BenchSocket();
  }

  connect(_options: ConnectOptions): BenchSocket {
    const socket = new BenchSocket();
    this.upstreams.push(socket);
    return socket;
  }

  bindUdp(): SocketError {
    return new SocketError('EOPNOTSUPP');
  }

  openUdp(): SocketError {
    return new SocketError('EOPNOTSUPP');
  }

  connectUdp(): SocketError {
    return new SocketError('EOPNOTSUPP');
  }

  [Symbol.dispose](): void {}
}
