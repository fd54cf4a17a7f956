import type { Buffer } from '../../../sdk/buffer.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { Address } from '../../../sdk/network.ts';
import type { KeepAlive, SocketError, StreamSocket, StreamSocketHandler } from '../../network/engine/engine.ts';

/**
 * An accepted socket with bytes that listener filters have looked at, as if the kernel still had them (Envoy peeks): whoever takes
 * it over gets them once it reads, and if it closes before, the peer gets a reset. Then the socket itself takes its place.
 */
export class PeekedSocket implements StreamSocket {
  readonly socket: StreamSocket;
  readonly #peeked: Buffer;
  readonly #dispatcher: Dispatcher;
  #owner: StreamSocketHandler | undefined = undefined;
  #onRead: () => void = () => {};
  #readDisabled = false;
  #ended = false;
  #state: 'peeked' | 'read' | 'closed' = 'peeked';

  constructor(socket: StreamSocket, peeked: Buffer, dispatcher: Dispatcher) {
    this.socket = socket;
    this.#peeked = peeked;
    this.#dispatcher = dispatcher;
  }

  /** The bytes go to `owner` as soon as it reads; `onRead` is told just before. */
  handTo(owner: StreamSocketHandler, onRead: () => void): void {
    this.#owner = owner;
    this.#onRead = onRead;
    this.#handOut();
  }

  get localAddress(): Address {
    return this.socket.localAddress;
  }

  get remoteAddress(): Address {
    return this.socket.remoteAddress;
  }

  get pendingBytes(): number {
    return this.socket.pendingBytes;
  }

  start(handler: StreamSocketHandler): void {
    this.socket.start(handler);
  }

  write(buffer: Buffer): void {
    this.socket.write(buffer);
  }

  requestWritable(): void {
    this.socket.requestWritable();
  }

  /** What comes later stays with the kernel until what came first is read. */
  readDisable(disable: boolean): void {
    this.#readDisabled = disable;
    this.socket.readDisable(true);
    if (!disable) this.#dispatcher.post(() => this.#handOut());
  }

  shutdownWrite(): void {
    this.#ended = true;
    this.socket.shutdownWrite();
  }

  /** As a kernel does: with bytes that nobody has read it is a reset; one after the end is not seen. */
  close(): void {
    const unread = this.#drop();
    if (unread && !this.#ended) this.socket.abort();
    else this.socket.close();
  }

  abort(): void {
    this.#drop();
    this.socket.abort();
  }

  setNoDelay(enable: boolean): void {
    this.socket.setNoDelay(enable);
  }

  setKeepAlive(options: KeepAlive): void {
    this.socket.setKeepAlive(options);
  }

  detach(): number | SocketError {
    return this.socket.detach();
  }

  originalDestination(): Address | undefined {
    return this.socket.originalDestination();
  }

  tcpInfo(): Uint8Array | undefined {
    return this.socket.tcpInfo();
  }

  #handOut(): void {
    const owner = this.#owner;
    if (this.#state !== 'peeked' || this.#readDisabled || owner === undefined) return;
    this.#state = 'read';
    this.#onRead();
    this.socket.readDisable(false);
    owner.onData(this.#peeked);
  }

  /** Whether there was something unread. */
  #drop(): boolean {
    const bytes = this.#peeked.length;
    this.#state = 'closed';
    this.#peeked.drain(bytes);
    return bytes > 0;
  }
}
