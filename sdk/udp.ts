/** Datagrams: UDP listeners and their filters (envoy/network/filter.h), and sockets to upstream hosts. */
import type { Buffer } from './buffer.ts';
import type { Dispatcher } from './event.ts';
import type { Address, FilterStatus } from './network.ts';
import type { SystemError } from './system-error.ts';

/** Hears what became of a datagram, while its socket is open. */
export interface UdpSender {
  /** The system took it. */
  onSent(bytes: number): void;
  /** The peer is not to be reached (or said so of one before), or the socket's queue is full. */
  onSendError(error: SystemError): void;
}

/** Calls come from the loop, never from within a call of the socket, and stop with `close`. */
export interface UdpSocketHandler {
  /**
   * One datagram, in a buffer that is the engine's: take all of it (`move`, `drain`) before returning.
   * @param local where it was sent to; the address of the socket where the engine cannot tell
   */
  onDatagram(data: Buffer, peer: Address, local: Address): void;
  /** What a peer answered to one that was sent: ECONNREFUSED say. The socket goes on. */
  onReceiveError(error: SystemError): void;
}

/** Datagrams: each is sent and received as a whole, or not at all. Nothing that was sent waits for room in the system. */
export interface UdpSocket {
  readonly localAddress: Address;
  /** The one peer of a connected socket. */
  readonly remoteAddress: Address | undefined;
  /** Reading begins; to be called once. */
  start(handler: UdpSocketHandler): void;
  /**
   * Sends all bytes of `data`, which are taken out of it, as one datagram.
   * @param peer required unless the socket is connected
   * @param local the IP address to send from, for sockets bound to all addresses; where the engine can say so
   */
  send(data: Buffer, sender: UdpSender, peer?: Address, local?: Address): void;
  /** While disabled, datagrams wait in the system as long as there is room. Not counted. */
  readDisable(disable: boolean): void;
  /** Closes at once. What was sent has gone out. */
  close(): void;
}

export interface UdpListenerFilterCallbacks {
  readonly dispatcher: Dispatcher;
  /** Sends all bytes of `data` from the listener's socket, as from the IP address `local`. */
  send(data: Buffer, sender: UdpSender, peer: Address, local: Address): void;
}

/** Sees the datagrams of a UDP listener: one object a listener's address and thread (Envoy's UdpListenerReadFilter). */
export interface UdpListenerFilter extends Partial<Disposable> {
  /** What is left of `data` when no filter stops the iteration is dropped. */
  onData(data: Buffer, peer: Address, local: Address): FilterStatus;
  onReceiveError?(): FilterStatus;
}
