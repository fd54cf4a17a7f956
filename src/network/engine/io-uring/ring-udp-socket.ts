import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Address } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { IpAddress } from '../../../common/network/address.ts';
import { completionFlags, entryFlags, operations } from '../../../native/io-uring.ts';
import { SocketError } from '../socket-error.ts';
import { ignoringUdpHandler, type UdpSender, type UdpSocket } from '../udp-socket.ts';
import { type DatagramMemory, datagramGroup } from './datagram-memory.ts';
import { kindBits, kinds, type RingClient, type RingContext } from './ring-context.ts';
import { errorOfResult } from './ring-socket.ts';
import { encodeSocketAddress } from './socket-address.ts';

/** MSG_DONTWAIT | MSG_NOSIGNAL: a datagram for which the system has no room is lost, as it might be anywhere else. */
const sendFlags = 0x4040;
const errnoCanceled = -125;
const errnoNoBuffers = -105;

export interface RingUdpHost
  extends Pick<RingContext, 'ring' | 'libc' | 'ledger' | 'scheduleFlush' | 'takeId' | 'giveBackId'> {
  readonly datagrams: DatagramMemory;
  onUdpClosed(socket: RingUdpSocket): void;
}

interface KeptDatagram {
  readonly data: Buffer;
  readonly peer: Address;
  readonly local: Address;
}

/** A UDP socket of the ring: one receive that goes on until it is cancelled, and any number of sends. */
export class RingUdpSocket implements UdpSocket, RingClient {
  readonly localAddress: Address;
  readonly remoteAddress: Address | undefined;
  readonly #host: RingUdpHost;
  readonly #fd: number;
  readonly #id: number;
  #handler = ignoringUdpHandler;
  #receiving: 'no' | 'underway' | 'cancelling' = 'no';
  #operations = 0;
  /** What came before the cancellation of a `readDisable` took effect. */
  #kept: KeptDatagram[] = [];
  #lastPeer: Address | undefined = undefined;
  #lastPeerBytes: Uint8Array | undefined = undefined;
  #lastLocal: IpAddress | undefined = undefined;
  /** Of sends that did not even get to the system. */
  readonly #failures: (readonly [UdpSender, SocketError])[] = [];
  #hasId = true;
  #flushScheduled = false;
  #started = false;
  #readDisabled = false;
  #closed = false;

  /** @param local as bound, or as the system chose it */
  constructor(host: RingUdpHost, fd: number, local: Address, remote: Address | undefined) {
    this.#host = host;
    this.#fd = fd;
    this.localAddress = local;
    this.remoteAddress = remote;
    this.#id = host.takeId(this);
    host.ledger.own(fd);
  }

  start(handler: typeof ignoringUdpHandler): void {
    if (this.#started) throw new Error('a socket is started once');
    this.#started = true;
    if (this.#closed) return;
    this.#handler = handler;
    this.#scheduleFlush();
  }

  send(data: Buffer, sender: UdpSender, peer?: Address, local?: Address): void {
    if (!this.#closed) this.#send(data, sender, peer, local);
    data.drain(data.length);
  }

  readDisable(disable: boolean): void {
    this.#readDisabled = disable;
    this.#scheduleFlush();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#handler = ignoringUdpHandler;
    this.#kept = [];
    const { ring, ledger } = this.#host;
    if (this.#receiving === 'underway') ring.pushCancel(this.#id, kinds.receive, kinds.ignored);
    ledger.disown(this.#fd);
    ring.push(operations.close | entryFlags.silent, this.#fd, 0, 0, 0, 0, 0, 0, kinds.ignored);
    this.#host.onUdpClosed(this);
    this.#giveBackIdIfDone();
  }

  flush(): void {
    this.#flushScheduled = false;
    if (this.#closed) return;
    this.#tellFailures();
    this.#handOutKept();
    const wanted = this.#started && !this.#readDisabled && !this.#closed;
    if (wanted && this.#receiving === 'no') {
      this.#receive();
    } else if (!wanted && this.#receiving === 'underway' && !this.#closed) {
      this.#receiving = 'cancelling';
      this.#host.ring.pushCancel(this.#id, kinds.receive, kinds.ignored);
    }
  }

  onCompletion(kind: number, result: number, flags: number): void {
    if (kind === kinds.receive) this.#onReceived(result, flags);
    else this.#onSent(kind >> kindBits, result);
    this.#giveBackIdIfDone();
  }

  #receive(): void {
    const { ring, datagrams } = this.#host;
    this.#receiving = 'underway';
    this.#operations++;
    const operation = operations.receiveMessage | entryFlags.bufferSelect | entryFlags.multishotReceive;
    const { messageLow, messageHigh } = datagrams;
    ring.push(operation, this.#fd, 0, messageLow, messageHigh, 1, 0, this.#id, kinds.receive);
    ring.selectGroup(datagramGroup);
  }

  #onReceived(result: number, flags: number): void {
    const { datagrams } = this.#host;
    if ((flags & completionFlags.more) === 0) {
      this.#operations--;
      this.#receiving = 'no';
      this.#scheduleFlush();
    }
    const hasBuffer = (flags & completionFlags.hasBuffer) !== 0;
    if (hasBuffer && (this.#closed || result < 0)) datagrams.drop(flags);
    else if (hasBuffer) this.#onDatagram(flags);
    if (this.#closed || result >= 0 || result === errnoCanceled) return;
    if (result === errnoNoBuffers) datagrams.noteDry();
    else this.#handler.onReceiveError(errorOfResult(result));
  }

  #onDatagram(flags: number): void {
    const { data, peer, localIp } = this.#host.datagrams.take(flags);
    const from = peer ?? this.remoteAddress;
    const local = this.#localOf(localIp);
    if (from === undefined) data.drain(data.length);
    else if (this.#readDisabled || this.#kept.length > 0) this.#keep(data, from, local);
    else this.#handOut(data, from, local);
  }

  #localOf(ip: string | undefined): Address {
    const { localAddress } = this;
    if (ip === undefined || ip === localAddress.ip) return localAddress;
    if (this.#lastLocal?.ip !== ip) this.#lastLocal = new IpAddress(ip, localAddress.port);
    return this.#lastLocal;
  }

  #keep(data: Buffer, peer: Address, local: Address): void {
    const kept = new SliceBuffer();
    kept.move(data);
    this.#kept.push({ data: kept, peer, local });
  }

  #handOut(data: Buffer, peer: Address, local: Address): void {
    this.#handler.onDatagram(data, peer, local);
    if (data.length === 0) return;
    data.drain(data.length);
    throw new Error('a received datagram was left with the engine');
  }

  #handOutKept(): void {
    while (this.#kept.length > 0 && !this.#readDisabled) {
      const { data, peer, local } = this.#kept.shift() as KeptDatagram;
      this.#handOut(data, peer, local);
    }
  }

  #send(data: Buffer, sender: UdpSender, peer: Address | undefined, local: Address | undefined): void {
    const { ring, datagrams } = this.#host;
    this.#scheduleFlush();
    const to = peer === undefined ? undefined : this.#encodePeer(peer);
    if (typeof to === 'string') return this.#noteFailure(sender, to);
    const stage = datagrams.takeStage();
    if (stage === undefined) return this.#noteFailure(sender, 'ENOBUFS');
    const { messageLow, messageHigh, index } = stage;
    if (!stage.fill(data, to, this.#sourceOf(local))) {
      datagrams.giveBackStage(index);
      return this.#noteFailure(sender, 'EMSGSIZE');
    }
    stage.sender = sender;
    this.#operations++;
    const kind = kinds.send | (index << kindBits);
    ring.push(operations.sendMessage, this.#fd, 0, messageLow, messageHigh, 1, sendFlags, this.#id, kind);
  }

  #onSent(index: number, result: number): void {
    this.#operations--;
    const { datagrams } = this.#host;
    const { sender } = datagrams.stage(index);
    datagrams.giveBackStage(index);
    if (this.#closed) return;
    if (result >= 0) sender?.onSent(result);
    else sender?.onSendError(errorOfResult(result));
  }

  /** Told when the loop calls. */
  #noteFailure(sender: UdpSender, code: string): void {
    this.#failures.push([sender, new SocketError(code)]);
  }

  #tellFailures(): void {
    for (const [sender, error] of this.#failures.splice(0)) sender.onSendError(error);
  }

  /** The errno's name when it is no address to send to. */
  #encodePeer(peer: Address): Uint8Array | string {
    if (peer !== this.#lastPeer || this.#lastPeerBytes === undefined) {
      const encoded = encodeSocketAddress(this.#inFamily(peer), (name) => this.#host.libc.interfaceIndex(name));
      if (typeof encoded === 'string') return encoded;
      this.#lastPeer = peer;
      this.#lastPeerBytes = encoded;
    }
    return this.#lastPeerBytes;
  }

  #sourceOf(local: Address | undefined): IpAddress | undefined {
    if (local === undefined || local === this.localAddress || local.ip === this.localAddress.ip) return undefined;
    const source = this.#inFamily(local);
    return source instanceof IpAddress ? source : undefined;
  }

  /** A socket for both families knows IPv4's addresses as mapped ones. */
  #inFamily(address: Address): Address {
    if (this.localAddress.ipVersion !== 6 || address.ipVersion !== 4) return address;
    return new IpAddress(`::ffff:${address.ip}`, address.port);
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#closed) return;
    this.#flushScheduled = true;
    this.#host.scheduleFlush(this);
  }

  #giveBackIdIfDone(): void {
    if (!this.#closed || this.#operations > 0 || !this.#hasId) return;
    this.#hasId = false;
    this.#host.giveBackId(this.#id);
  }
}
