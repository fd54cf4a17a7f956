import type { Buffer, FragmentOwner } from '../../../../sdk/buffer.ts';
import type { Dispatcher, SchedulableCallback } from '../../../../sdk/event.ts';
import type { Address } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import type { ListNode } from '../../../common/linked-list.ts';
import type { StreamSocket, StreamSocketHandler } from '../engine.ts';
import { SocketError } from '../socket-error.ts';
import { tellsWritable } from '../writable.ts';
import type { Faults } from './faults.ts';
import { Link, type Packet, type PacketReceiver } from './link.ts';

/** Bytes that fit on the way to the peer and in its socket: what the kernel's buffers are. */
const windowBytes = 65_536;

const ignoringHandler: StreamSocketHandler = {
  onConnected() {},
  onData(buffer) {
    buffer.drain(buffer.length);
  },
  onEnd() {},
  onWritable() {},
  onClose() {},
};

export interface MemorySocketHost {
  onClosed(socket: MemoryStreamSocket): void;
  /** Lets go of an open socket; answers what `adopt` knows it by. */
  detach(socket: MemoryStreamSocket): number;
  /** Bytes have come: answers who is to be told when nobody holds them any more. */
  hold(): FragmentOwner;
}

/** One end of a connection in memory. */
export class MemoryStreamSocket implements StreamSocket, PacketReceiver, ListNode<MemoryStreamSocket> {
  previous: MemoryStreamSocket | undefined = undefined;
  next: MemoryStreamSocket | undefined = undefined;
  localAddress: Address;
  readonly remoteAddress: Address;
  dispatcher: Dispatcher;
  readonly faults: Faults;
  #host: MemorySocketHost;
  #handler = ignoringHandler;
  #peer: MemoryStreamSocket | undefined = undefined;
  #link: Link | undefined = undefined;
  #state: 'connecting' | 'open' | 'closed' = 'connecting';
  readonly #output = new SliceBuffer();
  readonly #received = new SliceBuffer();
  #arrived: Packet[] = [];
  #started = false;
  #readDisabled = false;
  #deaf = false;
  #endWanted = false;
  #ended = false;
  #peerEnded = false;
  #sentBytes = 0;
  /** Sent, and not yet taken by the peer's handler. */
  #unreadBytes = 0;
  /** The handler has been told that bytes wait, or has asked to be told when they are gone. */
  #blocked = false;
  #writableRequested = false;
  #flushCallback: SchedulableCallback;
  #readCallback: SchedulableCallback;

  constructor(
    host: MemorySocketHost,
    dispatcher: Dispatcher,
    localAddress: Address,
    remoteAddress: Address,
    faults: Faults,
  ) {
    this.#host = host;
    this.faults = faults;
    this.dispatcher = dispatcher;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.#flushCallback = dispatcher.createSchedulableCallback(() => this.#flush());
    this.#readCallback = dispatcher.createSchedulableCallback(() => this.#readArrived());
  }

  /** Joins two ends; `accepted` is that of the side that accepts. */
  static join(connecting: MemoryStreamSocket, accepted: MemoryStreamSocket): void {
    const { faults } = connecting;
    for (const [socket, peer] of [
      [connecting, accepted],
      [accepted, connecting],
    ] as const) {
      socket.#peer = peer;
      socket.#link = new Link(peer, faults.latencyMs ?? 0);
    }
    accepted.#deaf = faults.neverRead === true;
    accepted.#state = 'open';
  }

  get closed(): boolean {
    return this.#state === 'closed';
  }

  get pendingBytes(): number {
    return this.#output.length;
  }

  requestWritable(): void {
    this.#writableRequested = true;
  }

  start(handler: StreamSocketHandler): void {
    if (this.#started) throw new Error('a socket is started once');
    this.#started = true;
    if (this.#state === 'closed') return;
    this.#handler = handler;
    this.#readCallback.scheduleCallbackCurrentIteration();
  }

  write(buffer: Buffer): void {
    if (this.#state === 'closed') {
      buffer.drain(buffer.length);
      return;
    }
    this.#output.move(buffer);
    this.#flushCallback.scheduleCallbackCurrentIteration();
  }

  readDisable(disable: boolean): void {
    this.#readDisabled = disable;
    if (!disable) this.#readCallback.scheduleCallbackCurrentIteration();
  }

  shutdownWrite(): void {
    this.#endWanted = true;
    this.#flushCallback.scheduleCallbackCurrentIteration();
  }

  /** As a kernel does: with bytes that nobody has read, the peer gets a reset instead of the end. One after the end is not seen. */
  close(): void {
    if (this.#state === 'closed') return;
    const unread = this.#arrived.some((packet) => packet.kind === 'data');
    this.#leave(unread && !this.#ended ? 'rst' : 'fin');
  }

  abort(): void {
    if (this.#state !== 'closed') this.#leave('rst');
  }

  detach(): number | SocketError {
    return this.#started || this.#state !== 'open' ? new SocketError('EBADF') : this.#host.detach(this);
  }

  /** From now on it lives on another thread. */
  moveTo(host: MemorySocketHost, dispatcher: Dispatcher): void {
    this.#host = host;
    this.dispatcher = dispatcher;
    this.#flushCallback = dispatcher.createSchedulableCallback(() => this.#flush());
    this.#readCallback = dispatcher.createSchedulableCallback(() => this.#readArrived());
  }

  setNoDelay(): void {}

  tcpInfo(): undefined {}

  /** Nothing is translated in memory. */
  originalDestination(): Address | undefined {
    return undefined;
  }

  setKeepAlive(): void {}

  onConnected(localAddress: Address): void {
    if (this.#state === 'closed') return;
    this.#state = 'open';
    this.localAddress = localAddress;
    this.#handler.onConnected();
    this.#flushCallback.scheduleCallbackCurrentIteration();
  }

  /** It could not connect, or was reset. */
  onFailure(code: string): void {
    if (this.#state === 'closed') return;
    const handler = this.#handler;
    this.#leave(undefined);
    handler.onClose(new SocketError(code));
  }

  onPacket(packet: Packet): void {
    if (this.#state === 'closed') {
      if (packet.kind === 'data') this.#link?.send({ kind: 'rst' });
    } else if (packet.kind === 'rst') {
      this.onFailure('ECONNRESET');
    } else {
      this.#arrived.push(packet);
      this.#readArrived();
    }
  }

  get #reading(): boolean {
    return this.#state === 'open' && this.#started && !this.#readDisabled && !this.#deaf;
  }

  #readArrived(): void {
    if (!this.#reading) return;
    const packet = this.#arrived.shift();
    if (packet === undefined) return;
    if (this.#arrived.length > 0) this.#readCallback.scheduleCallbackNextIteration();
    if (packet.kind === 'data') {
      this.#peer?.onTaken(packet.bytes.length);
      this.#received.addFragment(packet.bytes, this.#host.hold());
      this.#handler.onData(this.#received);
      if (this.#received.length > 0) throw new Error('received bytes were left with the engine');
    } else if (!this.#peerEnded) {
      this.#peerEnded = true;
      this.#handler.onEnd();
    }
  }

  /** The peer has read `bytes`: more fit in. */
  onTaken(bytes: number): void {
    this.#unreadBytes -= bytes;
    if (this.#output.length > 0) this.#flushCallback.scheduleCallbackCurrentIteration();
  }

  sendReset(): void {
    this.#link?.send({ kind: 'rst' });
  }

  #flush(): void {
    const link = this.#link;
    if (this.#state !== 'open' || link === undefined) return;
    const bytes = Math.min(this.#output.length, windowBytes - this.#unreadBytes);
    if (bytes > 0) this.#send(link, bytes);
    if (this.#endWanted && !this.#ended && this.#output.length === 0) {
      this.#ended = true;
      link.send({ kind: 'fin' });
    }
    const left = this.#output.length;
    if (!tellsWritable(bytes > 0, left, this.#blocked, this.#writableRequested)) return;
    this.#blocked = left > 0;
    this.#writableRequested = false;
    this.#handler.onWritable(left);
  }

  #send(link: Link, bytes: number): void {
    const data = new Uint8Array(bytes);
    this.#output.copyOut(0, data);
    this.#output.drain(bytes);
    this.#unreadBytes += bytes;
    const step = this.faults.segmentBytes ?? bytes;
    for (let at = 0; at < bytes; at += step) link.send({ kind: 'data', bytes: data.subarray(at, at + step) });
    this.#sentBytes += bytes;
    const { resetAfterBytes } = this.faults;
    const peer = this.#peer;
    if (resetAfterBytes === undefined || peer === undefined) return;
    if (this.#sentBytes + peer.#sentBytes <= resetAfterBytes) return;
    link.send({ kind: 'rst' });
    peer.sendReset();
  }

  #leave(farewell: 'fin' | 'rst' | undefined): void {
    const open = this.#state === 'open';
    this.#state = 'closed';
    this.#handler = ignoringHandler;
    this.#output.drain(this.#output.length);
    this.#arrived = [];
    this.#flushCallback.cancel();
    this.#readCallback.cancel();
    if (farewell === 'rst') this.#link?.cut();
    if (open && farewell !== undefined && !(farewell === 'fin' && this.#ended)) this.#link?.send({ kind: farewell });
    this.#host.onClosed(this);
  }
}
