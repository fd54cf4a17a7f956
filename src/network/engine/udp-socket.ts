import type { Buffer } from '../../../sdk/buffer.ts';
import type { Address } from '../../../sdk/network.ts';
import type { SocketOption } from '../../common/network/socket-option.ts';
import type { SocketError } from './socket-error.ts';

export interface UdpConnectOptions {
  /** An IP address. */
  readonly address: Address;
  /** Local address; port 0 = any. */
  readonly sourceAddress?: Address;
  /** Those of the states before and after binding are set. */
  readonly socketOptions?: readonly SocketOption[];
}

/** Calls come from the loop, never from within a call of the socket, and stop with `close`. */
export interface UdpSocketHandler {
  /**
   * One datagram, in a buffer that is the engine's: take all of it (`move`, `drain`) before returning.
   * @param local where it was sent to; the address of the socket where the engine cannot tell
   */
  onDatagram(data: Buffer, peer: Address, local: Address): void;
  /** The system took a datagram. */
  onSent(bytes: number): void;
  /** A datagram was not sent: the peer is not to be reached (or said so of one before), or the socket's queue is full. */
  onSendError(error: SocketError): void;
  /** What a peer answered to one that was sent: ECONNREFUSED say. The socket goes on. */
  onReceiveError(error: SocketError): void;
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
  send(data: Buffer, peer?: Address, local?: Address): void;
  /** While disabled, datagrams wait in the system as long as there is room. Not counted. */
  readDisable(disable: boolean): void;
  /** Closes at once. What was sent has gone out. */
  close(): void;
}

/** Stands in before `start` and after the end. */
export const ignoringUdpHandler: UdpSocketHandler = {
  onDatagram(data) {
    data.drain(data.length);
  },
  onSent() {},
  onSendError() {},
  onReceiveError() {},
};
