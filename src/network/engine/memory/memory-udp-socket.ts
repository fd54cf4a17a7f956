import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Dispatcher } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { SocketError } from '../socket-error.ts';
import { ignoringUdpHandler, type UdpSender, type UdpSocket, type UdpSocketHandler } from '../udp-socket.ts';
import type { MemoryDatagrams } from './memory-datagrams.ts';

const longestPayload = 65_507;
/** Of datagrams that wait to be read, as a system's queue holds. */
const mostWaiting = 1000;

export interface MemoryUdpHost {
  readonly dispatcher: Dispatcher;
  onUdpClosed(socket: MemoryUdpSocket): void;
}

/** A socket of the simulated world that a binding's datagrams are for, or that has one peer. */
export class MemoryUdpSocket implements UdpSocket {
  readonly localAddress: Address;
  readonly remoteAddress: Address | undefined;
  readonly #host: MemoryUdpHost;
  readonly #datagrams: MemoryDatagrams;
  readonly #waiting: (readonly [Buffer, Address, Address])[] = [];
  readonly #release: () => void;
  #handler: UdpSocketHandler = ignoringUdpHandler;
  #started = false;
  #readDisabled = false;
  #closed = false;

  /** @param release called when it is closed */
  constructor(
    host: MemoryUdpHost,
    datagrams: MemoryDatagrams,
    local: Address,
    remote: Address | undefined,
    release: () => void,
  ) {
    this.#host = host;
    this.#datagrams = datagrams;
    this.localAddress = local;
    this.remoteAddress = remote;
    this.#release = release;
  }

  start(handler: UdpSocketHandler): void {
    if (this.#started) throw new Error('a socket is started once');
    this.#started = true;
    if (this.#closed) return;
    this.#handler = handler;
    this.#host.dispatcher.post(() => this.#read());
  }

  send(data: Buffer, sender: UdpSender, peer: Address | undefined = this.remoteAddress, local?: Address): void {
    const payload = new SliceBuffer();
    payload.move(data);
    if (this.#closed) return;
    const bytes = payload.length;
    const error = bytes > longestPayload ? 'EMSGSIZE' : peer === undefined ? 'EINVAL' : undefined;
    this.#host.dispatcher.post(() => {
      if (this.#closed) return;
      if (error === undefined) sender.onSent(bytes);
      else sender.onSendError(new SocketError(error));
    });
    if (error === undefined && peer !== undefined) this.#pass(payload, peer, local);
  }

  readDisable(disable: boolean): void {
    this.#readDisabled = disable;
    if (!disable) this.#host.dispatcher.post(() => this.#read());
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handler = ignoringUdpHandler;
    this.#release();
    this.#host.onUdpClosed(this);
  }

  /** A datagram that arrives; one too many is lost. */
  onArrival(payload: Buffer, peer: Address, local: Address): void {
    if (this.#waiting.length < mostWaiting) this.#waiting.push([payload, peer, local]);
    this.#read();
  }

  #pass(payload: Buffer, peer: Address, local: Address | undefined): void {
    const from = this.#source(peer, local);
    this.#datagrams.pass(this.#host.dispatcher, payload, from, peer, () => {
      if (this.remoteAddress !== undefined) this.#handler.onReceiveError(new SocketError('ECONNREFUSED'));
    });
  }

  /** A socket bound to all addresses sends from the one that its peer is reached by: here they are all the same host's. */
  #source(peer: Address, local: Address | undefined): Address {
    const { localAddress } = this;
    if (local !== undefined) return new IpAddress(local.ip, localAddress.port);
    const isAny = localAddress instanceof IpAddress && localAddress.isAny;
    return isAny ? new IpAddress(peer.ip, localAddress.port) : localAddress;
  }

  #read(): void {
    while (this.#started && !this.#readDisabled && !this.#closed) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#handler.onDatagram(...next);
    }
  }
}
