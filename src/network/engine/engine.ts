import type { Buffer } from '../../../sdk/buffer.ts';
import type { Address } from '../../../sdk/network.ts';
import type { ListenTransfer } from '../../common/network/listen-transfer.ts';
import type { SocketOption } from '../../common/network/socket-option.ts';
import type { SocketError } from './socket-error.ts';
import type { UdpConnectOptions, UdpSocket } from './udp-socket.ts';

export type { AddressData, ListenTransfer } from '../../common/network/listen-transfer.ts';
export type { SocketOption, SocketState } from '../../common/network/socket-option.ts';
export { SocketError, SocketOptionError } from './socket-error.ts';
export type { UdpConnectOptions, UdpSender, UdpSocket, UdpSocketHandler } from './udp-socket.ts';

/**
 * Streams, TCP or Unix, and UDP sockets, on one thread's loop. Every call returns at once; what fails is a value, never thrown.
 * All engines pass `compliance.ts`.
 */
export interface SocketEngine extends Disposable {
  readonly name: 'node' | 'io_uring' | 'memory';
  /** Whether `BindOptions.socketOptions` can be served; if not, binding with any fails. */
  readonly supportsSocketOptions: boolean;
  /** Takes an address without accepting connections yet: errors surface on the thread that binds. */
  bind(options: BindOptions): BoundSocket | SocketError;
  /** Accepts on an address that was bound, maybe by another thread. */
  listen(transfer: ListenTransfer, handler: AcceptHandler): ListenSocket | SocketError;
  /**
   * Takes what `detach` of a socket gave up, on another thread maybe, as if it had been accepted here.
   * @param listenAddress of the socket that accepted it
   */
  adopt(descriptor: number, listenAddress: Address): StreamSocket;
  /** Begins to connect; failures, immediate ones too, come later by `onClose`. There is no time limit here. */
  connect(options: ConnectOptions): StreamSocket;
  /**
   * Takes an IP address for datagrams, which wait in the kernel until a socket made by `openUdp` reads them. With
   * `reusePort` each call adds a socket among which the kernel shares out the peers. `backlog` and `mode` mean nothing.
   */
  bindUdp(options: BindOptions): BoundSocket | SocketError;
  /** Reads from and sends on what `bindUdp` took, maybe on another thread. */
  openUdp(transfer: ListenTransfer): UdpSocket | SocketError;
  /** A socket with one peer: only its datagrams come in. */
  connectUdp(options: UdpConnectOptions): UdpSocket | SocketError;
}

export interface BindOptions {
  /** Port 0 = any free one. A pipe whose text begins with `@` is in Linux's abstract namespace. */
  readonly address: Address;
  /** Each listener gets a kernel socket of its own and the kernel spreads connections. Default false. */
  readonly reusePort?: boolean;
  /** For `::`: also take IPv4 connections, as IPv4-mapped addresses (Envoy's `ipv4_compat`). Default false. */
  readonly ipv4Compat?: boolean;
  /** Connections that may wait to be accepted. Default: the kernel's limit (128 where it has none). */
  readonly backlog?: number;
  /** Permissions of a Unix socket's file; 0 or absent = as the umask says. */
  readonly mode?: number;
  /** A failure to set one is a SocketOptionError. */
  readonly socketOptions?: readonly SocketOption[];
}

export interface BoundSocket {
  /** With the port that was chosen. */
  readonly address: Address;
  /** For one listen socket; an error when the process has no descriptor left. */
  transfer(): ListenTransfer | SocketError;
  /** Gives the address back; listen sockets made from it go on. */
  close(): void;
}

export interface AcceptHandler {
  /** The socket is connected; nothing is read from it before `start`. Whoever does not want it closes it. */
  onAccept(socket: StreamSocket): void;
  /** `accept` failed, for want of file descriptors say; it is tried again with the next connection. */
  onAcceptError(error: SocketError): void;
}

export interface ListenSocket {
  readonly address: Address;
  /** New connections wait in the kernel until `resume`. */
  pause(): void;
  resume(): void;
  /** Connections that were accepted live on. */
  close(): void;
}

export interface KeepAlive {
  /** Seconds without traffic before the first probe; absent = the kernel's. */
  readonly idleSeconds?: number;
  /** Seconds between probes; absent = the kernel's. */
  readonly intervalSeconds?: number;
  /** Probes without answer before the connection is given up; absent = the kernel's. */
  readonly probes?: number;
}

export interface ConnectOptions {
  readonly address: Address;
  /** Local address to connect from; port 0 = any. */
  readonly sourceAddress?: Address;
  readonly keepAlive?: KeepAlive;
  /** Those of the states before and after binding are set; where one cannot be, the connection fails with its error. */
  readonly socketOptions?: readonly SocketOption[];
}

/** Calls come from the loop, never from within a call of the socket, and stop with `close`, `abort` or `onClose`. */
export interface StreamSocketHandler {
  /** Only for sockets of `connect`. */
  onConnected(): void;
  /** Received bytes, in a buffer that is the engine's: take all of them (`move`, `drain`) before returning. */
  onData(buffer: Buffer): void;
  /** The peer has finished sending (FIN). Writing goes on until `close`. */
  onEnd(): void;
  /**
   * The kernel was asked for what was written, and `pendingBytes` are left. Told when some are left, at each progress from then
   * on until none are, and when `requestWritable` asks for it. What goes out at once is not told.
   */
  onWritable(pendingBytes: number): void;
  /** The socket broke, or could not connect; it is closed. FIN alone never closes it: that is the owner's part. */
  onClose(error: SocketError): void;
}

export interface StreamSocket {
  /** Of a socket that connects: unspecified until `onConnected`. */
  readonly localAddress: Address;
  readonly remoteAddress: Address;
  /** Reading (or connecting) begins; to be called once. */
  start(handler: StreamSocketHandler): void;
  /**
   * Takes all bytes out of `buffer`. They are handed to the kernel at the latest when this iteration of the loop ends,
   * together with what else was written in it.
   */
  write(buffer: Buffer): void;
  /** Bytes written but not yet taken by the kernel. */
  readonly pendingBytes: number;
  /** `onWritable` is to tell when the kernel takes of the pending bytes, even if it takes all of them at once. */
  requestWritable(): void;
  /** Stops or resumes reading, so that the kernel pushes back on the peer. Not counted. */
  readDisable(disable: boolean): void;
  /** Sends FIN after the pending bytes. */
  shutdownWrite(): void;
  /** Closes at once; pending bytes are dropped (to flush, `requestWritable` and wait for `onWritable(0)`). */
  close(): void;
  /** Closes with RST. */
  abort(): void;
  /** TCP_NODELAY; nothing happens on Unix sockets. */
  setNoDelay(enable: boolean): void;
  setKeepAlive(options: KeepAlive): void;
  /**
   * Gives up a socket that was accepted and not started: answers its descriptor, for one `adopt`; it is
   * not to be used any more. An error when there is no
   * descriptor for it; the socket is as it was then.
   */
  detach(): number | SocketError;
  /**
   * Where the peer meant to connect before the system's address translation sent it here, or on a transparent socket;
   * undefined where no translation is under way. A peer that came straight here meant the local address.
   */
  originalDestination(): Address | undefined;
  /** `struct tcp_info` as the kernel fills it; undefined where there is none. */
  tcpInfo(): Uint8Array | undefined;
}
