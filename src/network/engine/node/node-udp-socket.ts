import { createSocket, type Socket, type SocketOptions } from 'node:dgram';
import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Address } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { SocketError } from '../socket-error.ts';
import { ignoringUdpHandler, type UdpSender, type UdpSocket, type UdpSocketHandler } from '../udp-socket.ts';
import { errorOf, udpHandleOf } from './handles.ts';

/** Bytes that may wait in the runtime for a system whose queue is full; more is lost. */
const mostQueuedBytes = 1_048_576;

/**
 * A socket of node:dgram whose calls take effect at once: addresses are never looked up, they are known.
 * @param address its family is the socket's
 */
export function createUdpSocket({ ip }: Address, options: Omit<SocketOptions, 'type'> = {}): Socket {
  const isIpv6 = ip.includes(':');
  const family = isIpv6 ? 6 : 4;
  const lookup = ((host, _options, callback) => callback(null, host, family)) as NonNullable<SocketOptions['lookup']>;
  return createSocket({ ...options, type: isIpv6 ? 'udp6' : 'udp4', lookup });
}

/** Does what emits its error before it returns; answers that. */
export function attempt(socket: Socket, act: () => void): SocketError | undefined {
  let failure: SocketError | undefined;
  const note = (cause: unknown): void => {
    failure = errorOf(cause);
  };
  socket.on('error', note);
  try {
    act();
  } catch (cause) {
    note(cause);
  }
  socket.off('error', note);
  return failure;
}

/** What a socket needs of its engine. */
export interface UdpHost {
  post(callback: () => void): void;
  onUdpClosed(socket: NodeUdpSocket): void;
}

/** A UDP socket of node:dgram. It cannot tell which address a datagram was sent to when it is bound to several. */
export class NodeUdpSocket implements UdpSocket {
  readonly localAddress: Address;
  readonly remoteAddress: Address | undefined;
  readonly #host: UdpHost;
  readonly #socket: Socket;
  #handler: UdpSocketHandler = ignoringUdpHandler;
  readonly #received = new SliceBuffer();
  #started = false;
  #closed = false;

  /** @param socket bound, and connected when there is a `remote` */
  constructor(host: UdpHost, socket: Socket, local: Address, remote: Address | undefined) {
    this.#host = host;
    this.#socket = socket;
    this.localAddress = local;
    this.remoteAddress = remote;
    this.#receive(false);
    socket.on('error', (cause) => this.#handler.onReceiveError(errorOf(cause)));
    socket.on('message', (bytes, { address, port }) => this.#onMessage(bytes, IpAddress.ofSocket(address, port)));
  }

  start(handler: UdpSocketHandler): void {
    if (this.#started) throw new Error('a socket is started once');
    this.#started = true;
    if (this.#closed) return;
    this.#handler = handler;
    this.#receive(true);
  }

  send(data: Buffer, sender: UdpSender, peer?: Address): void {
    const bytes = new Uint8Array(data.length);
    data.copyOut(0, bytes);
    data.drain(data.length);
    if (this.#closed) return;
    if (this.#socket.getSendQueueSize() + bytes.length > mostQueuedBytes) {
      this.#host.post(() => this.#tell(sender, new SocketError('ENOBUFS'), 0));
      return;
    }
    const done = (cause: Error | null): void =>
      this.#tell(sender, cause === null ? undefined : errorOf(cause), bytes.length);
    if (peer === undefined) this.#socket.send(bytes, done);
    else this.#socket.send(bytes, peer.port, this.#textOf(peer), done);
  }

  readDisable(disable: boolean): void {
    if (this.#started && !this.#closed) this.#receive(!disable);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handler = ignoringUdpHandler;
    this.#socket.close();
    this.#host.onUdpClosed(this);
  }

  #tell(sender: UdpSender, error: SocketError | undefined, bytes: number): void {
    if (this.#closed) return;
    if (error === undefined) sender.onSent(bytes);
    else sender.onSendError(error);
  }

  #onMessage(bytes: Uint8Array, peer: IpAddress): void {
    const received = this.#received;
    if (bytes.length > 0) received.addFragment(bytes);
    this.#handler.onDatagram(received, peer, this.localAddress);
    if (received.length === 0) return;
    received.drain(received.length);
    throw new Error('a received datagram was left with the engine');
  }

  #receive(receive: boolean): void {
    const handle = udpHandleOf(this.#socket);
    if (receive) handle?.recvStart();
    else handle?.recvStop();
  }

  /** A socket for both families knows IPv4's addresses as mapped ones. */
  #textOf({ ip, ipVersion }: Address): string {
    return ipVersion === 4 && this.localAddress.ipVersion === 6 ? `::ffff:${ip}` : ip;
  }
}
