import { getSystemErrorName } from 'node:util';
import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Address } from '../../../../sdk/network.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import { completionFlags, entryFlags, operations, sendFlags } from '../../../native/io-uring.ts';
import type { KeepAlive, StreamSocket, StreamSocketHandler } from '../engine.ts';
import { SocketError } from '../socket-error.ts';
import { tellsWritable } from '../writable.ts';
import { kinds, type RingClient, type RingContext } from './ring-context.ts';
import type { SendStage } from './send-memory.ts';
import { encodeSocketAddress, families, familyOf } from './socket-address.ts';
import { closeWithReset, originalDestination, setKeepAlive, setNoDelay, tcpInfo } from './socket-options.ts';

const { noSignal, direct } = sendFlags;
const shutWriting = 1;
const errnoCanceled = -125;
const errnoNoBuffers = -105;
const errnoAgain = -11;
const errnoBadDescriptor = -9;
/** Where receives that go on have no bound, one of so much begins a bulk transfer, one of so little ends it. */
const bulkBegins = 32_768;
const bulkEnds = 4096;

/** Stands in before `start` and after the end. */
const ignoringHandler: StreamSocketHandler = {
  onConnected() {},
  onData(buffer) {
    buffer.drain(buffer.length);
  },
  onEnd() {},
  onWritable() {},
  onClose() {},
};

/** What a socket of an engine tells it. */
export interface RingSocketHost extends RingContext {
  /** Calls `afterSends` when the kernel has answered all that it does at once. */
  noteSending(socket: RingStreamSocket): void;
  onClosed(): void;
}

export function errorOfResult(result: number): SocketError {
  return new SocketError(getSystemErrorName(result));
}

/**
 * A socket whose operations go through the ring: one receive and one send at a time. A receive goes on until it is
 * cancelled or has brought its fill. Where that has no bound, each takes one buffer in a bulk transfer, so that others have
 * their turn in between, and nothing needs to be cancelled when the bytes come faster than they go. Its number in the ring is its own until the last operation has
 * completed, long after `close` maybe.
 */
export class RingStreamSocket implements StreamSocket, RingClient {
  // First what each message looks at, in few lines of the cache: then those of receiving, then those of sending.
  readonly #host: RingSocketHost;
  #closed = false;
  #started = false;
  #readDisabled = false;
  #peerEnded = false;
  #bulk = false;
  #receiving: 'no' | 'one' | 'many' | 'cancelling' = 'no';
  #handler = ignoringHandler;
  /** What arrived while reading was disabled. */
  #kept: SliceBuffer | undefined = undefined;
  #keptEnd = false;
  #operations = 0;
  #connecting: 'no' | 'wanted' | 'underway' = 'no';
  #flushScheduled = false;
  readonly #output = new SliceBuffer();
  #stage: SendStage | undefined = undefined;
  /** Negative: there is none, and that is the errno. */
  #fd: number;
  readonly #id: number;
  #endWanted = false;
  /** The handler has been told that bytes wait, or has asked to be told when they are gone. */
  #blocked = false;
  #writableRequested = false;
  /** It is to be told when the last direct send has gone well, of which the kernel says nothing. */
  #tellsSettled = false;
  /** The turn of the last direct send, and where its bytes lie. */
  #directTurn = 0;
  #directStart = 0;
  #directEnd = 0;
  #directMemory: Uint8Array | undefined = undefined;

  readonly #family: number;
  #localAddress: Address | undefined;
  #remoteAddress: Address | undefined;
  readonly #unknownAddress: Address;
  #openError: SocketError | undefined = undefined;
  #hasId = true;
  #ended = false;

  /**
   * @param fd a socket, or a negative errno, which `onClose` will tell
   * @param remoteAddress undefined = to be asked of the system
   * @param unknownAddress for when the system knows none
   */
  constructor(
    host: RingSocketHost,
    fd: number,
    family: number,
    localAddress: Address | undefined,
    remoteAddress: Address | undefined,
    unknownAddress: Address,
  ) {
    this.#host = host;
    this.#fd = fd;
    this.#family = family;
    this.#localAddress = localAddress;
    this.#remoteAddress = remoteAddress;
    this.#unknownAddress = unknownAddress;
    this.#id = host.takeId(this);
    host.ledger.own(fd);
  }

  /** A socket that connects when it is flushed, or one that could not be made ready for it. */
  static connecting(
    host: RingSocketHost,
    opened: number | SocketError,
    address: Address,
    unspecified: Address,
  ): RingStreamSocket {
    const fd = typeof opened === 'number' ? opened : -1;
    const socket = new RingStreamSocket(host, fd, familyOf(address), unspecified, address, unspecified);
    if (typeof opened !== 'number') socket.#openError = opened;
    socket.#connecting = 'wanted';
    socket.#scheduleFlush();
    return socket;
  }

  get localAddress(): Address {
    if (this.#localAddress === undefined && !this.#closed) {
      this.#localAddress = this.#host.names.local(this.#fd);
    }
    return this.#localAddress ?? this.#unknownAddress;
  }

  get remoteAddress(): Address {
    if (this.#remoteAddress === undefined && !this.#closed) {
      this.#remoteAddress = this.#host.names.peer(this.#fd);
    }
    return this.#remoteAddress ?? this.#unknownAddress;
  }

  get pendingBytes(): number {
    return this.#closed ? 0 : this.#pendingBytes();
  }

  requestWritable(): void {
    this.#writableRequested = true;
    if (!this.#hasUnsettledSend()) return;
    this.#tellsSettled = true;
    this.#scheduleFlushNextTurn();
  }

  start(handler: StreamSocketHandler): void {
    if (this.#started) throw new Error('a socket is started once');
    this.#started = true;
    if (this.#closed) return;
    this.#handler = handler;
    this.#scheduleFlush();
  }

  write(buffer: Buffer): void {
    if (this.#closed) {
      buffer.drain(buffer.length);
      return;
    }
    this.#output.move(buffer);
    this.#scheduleFlush();
  }

  readDisable(disable: boolean): void {
    if (this.#readDisabled === disable) return;
    this.#readDisabled = disable;
    this.#scheduleFlush();
  }

  shutdownWrite(): void {
    this.#endWanted = true;
    this.#scheduleFlush();
  }

  close(): void {
    if (!this.#closed) this.#leave();
  }

  abort(): void {
    if (this.#closed) return;
    if (this.#family !== families.unix && this.#fd >= 0) closeWithReset(this.#host.libc, this.#fd);
    this.#leave();
  }

  detach(): number | SocketError {
    if (this.#started || this.#operations > 0 || !this.#isOpen()) return new SocketError('EBADF');
    const fd = this.#fd;
    this.#host.ledger.disown(fd);
    this.#fd = errnoBadDescriptor;
    this.#leave();
    return fd;
  }

  setNoDelay(enable: boolean): void {
    if (this.#family !== families.unix && this.#isOpen()) setNoDelay(this.#host.libc, this.#fd, enable);
  }

  setKeepAlive(options: KeepAlive): void {
    if (this.#family !== families.unix && this.#isOpen()) setKeepAlive(this.#host.libc, this.#fd, options);
  }

  originalDestination(): Address | undefined {
    return this.#isOpen() ? originalDestination(this.#host.libc, this.#fd, this.#family) : undefined;
  }

  tcpInfo(): Uint8Array | undefined {
    return this.#isOpen() ? tcpInfo(this.#host.libc, this.#fd) : undefined;
  }

  flush(): void {
    this.#flushScheduled = false;
    if (this.#closed) {
      this.#giveBackIdIfDone();
    } else if (this.#fd < 0) {
      this.#fail(this.#openError ?? errorOfResult(this.#fd));
    } else if (this.#connecting !== 'no') {
      if (this.#connecting === 'wanted') this.#connect();
    } else {
      this.#send();
      this.#updateReading();
    }
  }

  onCompletion(kind: number, result: number, flags: number): void {
    switch (kind) {
      case kinds.receive:
        this.#onReceived(result, flags);
        break;
      case kinds.send:
        this.#onSent(result);
        break;
      case kinds.direct:
        this.#onNotSent(result);
        break;
      case kinds.connect:
        this.#onConnected(result);
        break;
    }
    this.#giveBackIdIfDone();
  }

  // Connecting.

  #connect(): void {
    const { ring, libc, sendMemory } = this.#host;
    const address = encodeSocketAddress(this.remoteAddress, (name) => libc.interfaceIndex(name));
    const stage = sendMemory.take();
    if (typeof address === 'string' || stage === undefined) {
      this.#fail(new SocketError(typeof address === 'string' ? address : 'ENOMEM'));
      return;
    }
    stage.place(address);
    this.#stage = stage;
    this.#connecting = 'underway';
    this.#operations++;
    const { addressLow, addressHigh, byteCount } = stage;
    ring.push(operations.connect, this.#fd, byteCount, addressLow, addressHigh, 0, 0, this.#id, kinds.connect);
  }

  #onConnected(result: number): void {
    this.#operations--;
    this.#giveBackStage();
    this.#connecting = 'no';
    if (this.#closed) {
      this.#output.drain(this.#output.length);
      return;
    }
    if (result < 0) {
      this.#fail(errorOfResult(result));
      return;
    }
    this.#localAddress = undefined;
    this.#scheduleFlush();
    this.#handler.onConnected();
  }

  // Reading.

  #wantsData(): boolean {
    return this.#started && !this.#readDisabled && !this.#peerEnded;
  }

  #updateReading(): void {
    if (this.#kept !== undefined || this.#keptEnd) this.#handOutKept();
    if (this.#closed) return;
    if (this.#receiving === 'no') {
      if (this.#wantsData() && !this.#keptEnd) this.#receive();
    } else if (this.#receiving === 'many' && (this.#bulk || !this.#wantsData())) {
      this.#receiving = 'cancelling';
      this.#host.ring.pushCancel(this.#id, kinds.receive, kinds.ignored);
    }
  }

  #receive(): void {
    const { ring, endlessReceiveBytes } = this.#host;
    this.#operations++;
    if (this.#bulk) {
      this.#receiving = 'one';
      ring.push(operations.receive | entryFlags.bufferSelect, this.#fd, 0, 0, 0, 0, 0, this.#id, kinds.receive);
    } else {
      this.#receiving = 'many';
      ring.pushEndlessReceive(this.#fd, endlessReceiveBytes, this.#id, kinds.receive);
    }
  }

  #onReceived(result: number, flags: number): void {
    if ((flags & completionFlags.more) === 0) {
      // Cancelled, at its end, or no buffer was left: until the flush, some have been given back.
      this.#operations--;
      this.#receiving = 'no';
      if (!this.#closed) this.#scheduleFlush();
    }
    const hasBuffer = (flags & completionFlags.hasBuffer) !== 0;
    if (hasBuffer && (result <= 0 || this.#closed)) this.#host.receiveMemory.drop(result, flags);
    if (this.#closed) return;
    if (result > 0) this.#onBytes(result, flags);
    else if (result === 0) this.#onPeerEnd();
    else if (result === errnoNoBuffers) this.#host.receiveMemory.noteDry();
    else if (result !== errnoCanceled) this.#fail(errorOfResult(result));
  }

  #onBytes(bytes: number, flags: number): void {
    const { receiveMemory, received } = this.#host;
    this.#noteBulk(bytes);
    if (this.#readDisabled || this.#kept !== undefined) {
      this.#kept ??= receiveMemory.createBuffer();
      receiveMemory.add(this.#kept, bytes, flags);
      return;
    }
    receiveMemory.add(received, bytes, flags);
    this.#handler.onData(received);
    if (received.length > 0) this.#onLeftBytes(received);
  }

  #noteBulk(bytes: number): void {
    if (this.#host.endlessReceiveBytes > 0) return;
    if (this.#bulk) {
      this.#bulk = bytes > bulkEnds;
    } else if (bytes >= bulkBegins) {
      this.#bulk = true;
      this.#scheduleFlush();
    }
  }

  #onPeerEnd(): void {
    if (this.#readDisabled || this.#kept !== undefined) this.#keptEnd = true;
    else this.#tellEnd();
  }

  #tellEnd(): void {
    this.#keptEnd = false;
    if (this.#peerEnded) return;
    this.#peerEnded = true;
    this.#handler.onEnd();
  }

  #handOutKept(): void {
    const kept = this.#kept;
    if (kept !== undefined && this.#wantsData()) {
      this.#kept = undefined;
      this.#handler.onData(kept);
      if (kept.length > 0) this.#onLeftBytes(kept);
    }
    if (this.#keptEnd && this.#kept === undefined && !this.#closed && this.#wantsData()) this.#tellEnd();
  }

  #onLeftBytes(received: SliceBuffer): void {
    received.drain(received.length);
    throw new Error('received bytes were left with the engine');
  }

  // Writing.

  #send(): void {
    const output = this.#output;
    if (this.#stage !== undefined) return;
    if (output.length === 0 && !this.#endWanted && !this.#tellsSettled) return;
    if (this.#hasUnsettledSend()) this.#scheduleFlushNextTurn();
    else if (output.length === 0) this.#onSettled();
    else if (this.#tells() || !this.#sendDirectly(output)) this.#sendStaged(output);
  }

  /** Nothing is left: all that was sent directly has gone out. */
  #onSettled(): void {
    if (this.#endWanted) this.#end();
    if (!this.#tellsSettled) return;
    this.#tellsSettled = false;
    this.#reportProgress(true);
  }

  /** Whether a direct send went out as a whole is not known yet. */
  #hasUnsettledSend(): boolean {
    return this.#directTurn === this.#host.directSends.turn;
  }

  /** Something is to come of a send that goes well. */
  #tells(): boolean {
    return this.#endWanted || this.#blocked || this.#writableRequested;
  }

  #sendDirectly(output: SliceBuffer): boolean {
    const { ring, directSends } = this.#host;
    const bytes = output.length;
    if (!directSends.take(output)) return false;
    const { addressLow, addressHigh, memory, start, turn } = directSends;
    this.#directTurn = turn;
    this.#directMemory = memory;
    this.#directStart = start;
    this.#directEnd = start + bytes;
    const operation = operations.send | entryFlags.silent;
    ring.push(operation, this.#fd, 0, addressLow, addressHigh, bytes, direct, this.#id, kinds.direct);
    return true;
  }

  /** Of the last direct send only so many bytes went out, or it failed. */
  #onNotSent(result: number): void {
    const memory = this.#directMemory;
    if (this.#closed || memory === undefined || !this.#hasUnsettledSend()) return;
    this.#directTurn = 0;
    if (result < 0 && result !== errnoAgain) {
      this.#fail(errorOfResult(result));
      return;
    }
    const stage = this.#takeStage();
    if (stage === undefined) return;
    stage.hold(memory.subarray(this.#directStart + Math.max(0, result), this.#directEnd));
    this.#pushSend(stage);
  }

  #sendStaged(output: SliceBuffer): void {
    const stage = this.#takeStage();
    if (stage === undefined) return;
    stage.gather(output, this.#host.receivable);
    this.#pushSend(stage);
  }

  #takeStage(): SendStage | undefined {
    const stage = this.#host.sendMemory.take();
    this.#stage = stage;
    if (stage === undefined) this.#fail(new SocketError('ENOMEM'));
    return stage;
  }

  #pushSend(stage: SendStage): void {
    const { ring } = this.#host;
    this.#operations++;
    this.#host.noteSending(this);
    if (stage.isMessage) {
      const { messageLow, messageHigh } = stage;
      ring.push(operations.sendMessage, this.#fd, 0, messageLow, messageHigh, 1, noSignal, this.#id, kinds.send);
    } else {
      const { addressLow, addressHigh, byteCount } = stage;
      ring.push(operations.send, this.#fd, 0, addressLow, addressHigh, byteCount, noSignal, this.#id, kinds.send);
    }
  }

  #onSent(result: number): void {
    this.#operations--;
    const stage = this.#stage as SendStage;
    const { heldBytes } = stage;
    if (!this.#closed && result >= 0 && result < heldBytes) {
      stage.skip(result);
      this.#pushSend(stage);
      this.#reportProgress(true);
      return;
    }
    this.#giveBackStage();
    if (this.#closed) {
      this.#output.drain(this.#output.length);
    } else if (result < 0) {
      this.#fail(errorOfResult(result));
    } else {
      this.#onSendDone(heldBytes > 0 ? 0 : result);
    }
  }

  /** The first `bytes` of the output are out. */
  #onSendDone(bytes: number): void {
    const output = this.#output;
    if (bytes > 0) output.drain(bytes);
    if (output.length > 0) this.#scheduleFlush();
    else if (this.#endWanted) this.#end();
    this.#reportProgress(true);
  }

  #pendingBytes(): number {
    const unsettled = this.#hasUnsettledSend() ? this.#directEnd - this.#directStart : 0;
    return this.#output.length + (this.#stage?.heldBytes ?? 0) + unsettled;
  }

  /** All that the kernel had to tell for now has been told: is a send still under way, the peer does not keep up. */
  afterSends(): void {
    if (this.#stage !== undefined && this.#connecting === 'no' && !this.#closed) this.#reportProgress(false);
  }

  #reportProgress(progressed: boolean): void {
    const left = this.#pendingBytes();
    if (!tellsWritable(progressed, left, this.#blocked, this.#writableRequested)) return;
    this.#blocked = left > 0;
    this.#writableRequested = false;
    this.#handler.onWritable(left);
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#host.libc.shutdown(this.#fd, shutWriting);
  }

  // Ending.

  #isOpen(): boolean {
    return !this.#closed && this.#fd >= 0;
  }

  #giveBackStage(): void {
    const stage = this.#stage;
    if (stage === undefined) return;
    this.#stage = undefined;
    this.#host.sendMemory.giveBack(stage);
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled || this.#closed) return;
    this.#flushScheduled = true;
    this.#host.scheduleFlush(this);
  }

  #scheduleFlushNextTurn(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#host.scheduleFlushNextTurn(this);
  }

  #fail(error: SocketError): void {
    const handler = this.#handler;
    this.#leave();
    handler.onClose(error);
  }

  /** Bytes that the kernel is still sending from stay until it says so. */
  #leave(): void {
    this.#closed = true;
    this.#handler = ignoringHandler;
    this.#kept?.drain(this.#kept.length);
    this.#kept = undefined;
    if (this.#stage === undefined) this.#output.drain(this.#output.length);
    const { ring, ledger } = this.#host;
    if (this.#receiving === 'one' || this.#receiving === 'many') {
      ring.pushCancel(this.#id, kinds.receive, kinds.ignored);
    }
    if (this.#connecting === 'underway') ring.pushCancel(this.#id, kinds.connect, kinds.ignored);
    else if (this.#stage !== undefined) ring.pushCancel(this.#id, kinds.send, kinds.ignored);
    if (this.#fd >= 0) {
      ledger.disown(this.#fd);
      ring.push(operations.close | entryFlags.silent, this.#fd, 0, 0, 0, 0, 0, 0, kinds.ignored);
    }
    this.#host.onClosed();
    this.#giveBackIdIfDone();
  }

  #giveBackIdIfDone(): void {
    if (!this.#closed || this.#operations > 0 || !this.#hasId) return;
    if (this.#hasUnsettledSend()) {
      this.#scheduleFlushNextTurn();
      return;
    }
    this.#hasId = false;
    this.#host.giveBackId(this.#id);
  }
}
