import type { Socket } from 'node:net';
import type { Buffer } from '../../../../sdk/buffer.ts';
import type { Address } from '../../../../sdk/network.ts';
import { blockBytes } from '../../../common/buffer/block.ts';
import { SliceBuffer } from '../../../common/buffer/slice-buffer.ts';
import type { ListNode } from '../../../common/linked-list.ts';
import type { KeepAlive, StreamSocket, StreamSocketHandler } from '../engine.ts';
import { SocketError } from '../socket-error.ts';
import { tellsWritable } from '../writable.ts';
import { addressOf, completeWrite, errorOf, errorOfStatus, handleOf, type StreamHandle } from './handles.ts';
import { nodeKeepAlive } from './keep-alive.ts';
import type { ReadMemory } from './read-memory.ts';
import { SocketReader } from './socket-reader.ts';

/** Most that is given to the system in one call, so that progress shows while a slow peer takes a large write. */
const writeBatchBytes = 262_144;
const writeBatchSlices = 256;

/** So much is not kept until the iteration ends: the memory is then free, and still in the cache, for the next read. */
const eagerWriteBytes = 16_384;

/** What a socket needs of its engine. */
export interface SocketHost {
  readonly memory: ReadMemory;
  nowMs(): number;
  /** Has `flush` called at the end of this iteration of the loop. */
  scheduleFlush(socket: NodeStreamSocket): void;
  /** A second descriptor of the same socket; undefined when there is none to be had. */
  duplicate(fd: number): number | undefined;
  kernelKeepAlive(): Required<KeepAlive>;
  originalDestination(fd: number, remoteAddress: Address): Address | undefined;
  tcpInfo(fd: number): Uint8Array | undefined;
  /** Has the system reset the connection when `fd` is closed, where there are socket options. */
  closeWithReset(fd: number): void;
  onOpened(socket: NodeStreamSocket): void;
  onClosed(socket: NodeStreamSocket): void;
}

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

/**
 * A socket of node:net. Reads come by its `onread` option into memory of ours; writes go straight to the handle, once
 * an iteration; all else goes by the public interface.
 */
export class NodeStreamSocket implements StreamSocket, ListNode<NodeStreamSocket> {
  previous: NodeStreamSocket | undefined = undefined;
  next: NodeStreamSocket | undefined = undefined;
  localAddress: Address;
  remoteAddress: Address;
  readonly #host: SocketHost;
  readonly #socket: Socket;
  /** Undefined while connecting, and in the end. */
  #handle: StreamHandle | undefined;
  #handler = ignoringHandler;
  readonly #reader: SocketReader;
  readonly #output = new SliceBuffer();
  #inFlightBytes = 0;
  /** Of a write, to be told when the loop calls. */
  #failure: SocketError | undefined = undefined;
  /** The kernel took bytes since the handler was last told. */
  #progress = false;
  /** The handler has been told that bytes wait, or has asked to be told when they are gone. */
  #blocked = false;
  #writableRequested = false;
  #flushScheduled = false;
  #started = false;
  #readDisabled = false;
  #peerEnded = false;
  #endWanted = false;
  #ended = false;
  #closed = false;

  /** @param makeSocket makes the socket, with an `onread` option that calls `onRead`. */
  constructor(
    host: SocketHost,
    localAddress: Address,
    remoteAddress: Address,
    makeSocket: (owner: NodeStreamSocket) => Socket,
  ) {
    this.#host = host;
    this.localAddress = localAddress;
    this.remoteAddress = remoteAddress;
    this.#reader = new SocketReader(host.memory, () => this.#handle);
    const socket = makeSocket(this);
    this.#socket = socket;
    this.#handle = socket.connecting ? undefined : handleOf(socket);
    socket.on('error', (error) => this.#fail(errorOf(error)));
    if (socket.connecting) socket.on('connect', () => this.#onConnected());
    // The stream's buffers stay unused: the end of what the peer sends is the one thing that is pushed.
    socket.push = (chunk: unknown) => {
      if (chunk === null) this.#onEnd();
      return true;
    };
    host.onOpened(this);
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
    if (this.#closed) return;
    this.#handler = handler;
    this.#updateReading();
  }

  write(buffer: Buffer): void {
    if (this.#closed) {
      buffer.drain(buffer.length);
      return;
    }
    this.#output.move(buffer);
    if (this.#output.length >= eagerWriteBytes) this.#sendPending();
    this.#scheduleFlush();
  }

  readDisable(disable: boolean): void {
    this.#readDisabled = disable;
    this.#updateReading();
  }

  shutdownWrite(): void {
    this.#endWanted = true;
    this.#scheduleFlush();
  }

  close(): void {
    if (this.#closed) return;
    this.#leave();
    this.#socket.destroy();
  }

  abort(): void {
    if (this.#closed) return;
    const handle = this.#handle;
    this.#leave();
    const canReset = handle?.setNoDelay !== undefined;
    // While a shutdown is under way node:net refuses to reset, and then never closes: the system is told instead.
    if (canReset && this.#ended) this.#host.closeWithReset(handle.fd);
    if (canReset && !this.#ended) this.#socket.resetAndDestroy();
    else this.#socket.destroy();
  }

  /** A handle keeps its descriptor: another one of the same socket goes. */
  detach(): number | SocketError {
    if (this.#started || this.#handle === undefined) return new SocketError('EBADF');
    const fd = this.#host.duplicate(this.#handle.fd);
    if (fd === undefined) return new SocketError('EMFILE');
    this.close();
    return fd;
  }

  setNoDelay(enable: boolean): void {
    this.#socket.setNoDelay(enable);
  }

  setKeepAlive(options: KeepAlive): void {
    this.#socket.setKeepAlive(nodeKeepAlive(options, () => this.#host.kernelKeepAlive()));
  }

  originalDestination(): Address | undefined {
    return this.#handle === undefined ? undefined : this.#host.originalDestination(this.#handle.fd, this.remoteAddress);
  }

  tcpInfo(): Uint8Array | undefined {
    return this.#handle === undefined ? undefined : this.#host.tcpInfo(this.#handle.fd);
  }

  nextReadMemory(): Uint8Array | undefined {
    return this.#reader.nextMemory();
  }

  /** `bytes` have been read into the memory that was named last. */
  onRead(bytes: number): void {
    if (this.#closed) return;
    const received = this.#reader.take(bytes);
    this.#handler.onData(received);
    if (received.length > 0) throw new Error('received bytes were left with the engine');
    if (bytes > blockBytes || this.#reader.busy) this.#afterLargeRead(bytes);
  }

  flush(): void {
    this.#flushScheduled = false;
    this.#sendPending();
    this.#tellProgress();
  }

  onWriteComplete(status: number): void {
    const bytes = this.#inFlightBytes;
    this.#inFlightBytes = 0;
    if (this.#closed) {
      this.#output.drain(this.#output.length);
    } else if (status < 0) {
      this.#fail(errorOfStatus(status));
    } else {
      this.#output.drain(bytes);
      this.#progress = true;
      this.#sendPending();
      this.#tellProgress();
    }
  }

  /** Calls no handler: it may be in the middle of something. */
  #sendPending(): void {
    const handle = this.#handle;
    const output = this.#output;
    if (handle === undefined) return;
    while (output.length > 0 && this.#inFlightBytes === 0 && this.#failure === undefined) {
      const bytes = this.#send(handle);
      if (bytes === 0) return;
      output.drain(bytes);
      this.#progress = true;
    }
  }

  #tellProgress(): void {
    if (this.#closed) return;
    if (this.#failure !== undefined) {
      this.#fail(this.#failure);
      return;
    }
    if (this.#endWanted && !this.#ended && this.#output.length === 0 && this.#handle !== undefined) {
      this.#ended = true;
      // Whoever hears that all is out may close: not before the end is.
      this.#socket.end(() => this.#reportProgress());
      return;
    }
    this.#reportProgress();
  }

  #reportProgress(): void {
    if (this.#closed) return;
    const left = this.#output.length;
    const isNews = tellsWritable(this.#progress, left, this.#blocked, this.#writableRequested);
    this.#progress = false;
    if (!isNews || this.#handle === undefined) return;
    this.#blocked = left > 0;
    this.#writableRequested = false;
    this.#handler.onWritable(left);
  }

  /** Bytes that the kernel took at once; 0 when it did not take all that it was given, or the write failed. */
  #send(handle: StreamHandle): number {
    const output = this.#output;
    const first = output.sliceAt(0);
    let bytes = first.length;
    let result: ReturnType<StreamHandle['writeBuffer']>;
    if (output.sliceCount === 1 || bytes >= writeBatchBytes) {
      result = handle.writeBuffer(null, first);
    } else {
      const chunks = [first];
      const most = Math.min(output.sliceCount, writeBatchSlices);
      for (let i = 1; i < most && bytes < writeBatchBytes; i++) {
        const chunk = output.sliceAt(i);
        bytes += chunk.length;
        chunks.push(chunk);
      }
      result = handle.writev(null, chunks, true);
    }
    if (result === 0) return bytes;
    if (typeof result === 'number') {
      this.#failure = errorOfStatus(result);
      return 0;
    }
    if (typeof result.writeStatus === 'number') {
      if (result.writeStatus === 0) return bytes;
      this.#failure = errorOfStatus(result.writeStatus);
      return 0;
    }
    this.#inFlightBytes = bytes;
    result.owner = this;
    result.oncomplete = completeWrite;
    return 0;
  }

  #onConnected(): void {
    if (this.#closed) return;
    this.#handle = handleOf(this.#socket);
    this.localAddress = addressOf(this.#handle, 'getsockname') ?? this.localAddress;
    this.#handler.onConnected();
    this.#updateReading();
    if (this.#output.length > 0 || this.#endWanted) this.#scheduleFlush();
  }

  #onEnd(): void {
    if (this.#closed || this.#peerEnded) return;
    this.#peerEnded = true;
    this.#handler.onEnd();
  }

  #updateReading(): void {
    const handle = this.#handle;
    if (handle === undefined) return;
    const wanted = this.#started && !this.#readDisabled && !this.#peerEnded;
    if (wanted === handle.reading) return;
    handle.reading = wanted;
    const status = wanted ? handle.readStart() : handle.readStop();
    if (status < 0) this.#fail(errorOfStatus(status));
  }

  #afterLargeRead(bytes: number): void {
    if (!this.#closed) this.#reader.afterRead(bytes, this.#host.nowMs());
  }

  #scheduleFlush(): void {
    if (this.#flushScheduled) return;
    this.#flushScheduled = true;
    this.#host.scheduleFlush(this);
  }

  #fail(error: SocketError): void {
    if (this.#closed) return;
    const handler = this.#handler;
    this.#leave();
    this.#socket.destroy();
    handler.onClose(error);
  }

  /** Bytes that the system is still sending from stay until it says so. */
  #leave(): void {
    this.#closed = true;
    this.#handle = undefined;
    this.#reader.leaveBusy();
    this.#handler = ignoringHandler;
    if (this.#inFlightBytes === 0) this.#output.drain(this.#output.length);
    this.#host.onClosed(this);
  }
}
