import type { Buffer } from '../../../sdk/buffer.ts';
import type { Dispatcher, Timer } from '../../../sdk/event.ts';
import type { Address } from '../../../sdk/network.ts';
import type { AddressOrder } from '../../common/upstream/bind-options.ts';
import {
  type ConnectOptions,
  type KeepAlive,
  type SocketEngine,
  SocketError,
  type StreamSocket,
  type StreamSocketHandler,
} from '../../network/engine/engine.ts';

/** As long as an attempt is waited for before the next one starts beside it (RFC 8305, section 5). */
const attemptDelayMs = 300;

/** Families in turn (RFC 8305, section 4). Options of the same family stay in their order. */
export function inTurn(
  options: readonly ConnectOptions[],
  { firstVersion, firstCount }: AddressOrder,
): readonly ConnectOptions[] {
  const first = firstVersion ?? options[0]?.address.ipVersion;
  const own = options.filter(({ address }) => address.ipVersion === first);
  const others = options.filter(({ address }) => address.ipVersion !== first);
  const ordered: ConnectOptions[] = [];
  while (own.length + others.length > 0) ordered.push(...own.splice(0, firstCount), ...others.splice(0, 1));
  return ordered;
}

/** One socket to the first of several addresses that answers: the next is tried when one fails, or takes long. */
export class HappyEyeballsSocket implements StreamSocket {
  readonly #engine: Pick<SocketEngine, 'connect'>;
  readonly #options: readonly ConnectOptions[];
  readonly #onFurtherAttempt: () => void;
  readonly #timer: Timer;
  readonly #attempts = new Set<StreamSocket>();
  #next = 0;
  #handler: StreamSocketHandler | undefined = undefined;
  #winner: StreamSocket | undefined = undefined;
  #noDelay: boolean | undefined = undefined;
  #readDisabled = false;
  #localAddress: Address;

  /** @param options one for each address, in the order in which they are tried; at least one */
  constructor(
    engine: Pick<SocketEngine, 'connect'>,
    options: readonly ConnectOptions[],
    dispatcher: Dispatcher,
    onFurtherAttempt: () => void,
  ) {
    this.#engine = engine;
    this.#options = options;
    this.#onFurtherAttempt = onFurtherAttempt;
    this.#timer = dispatcher.createTimer(() => this.#attempt());
    this.#localAddress = this.remoteAddress;
  }

  get localAddress(): Address {
    return this.#winner?.localAddress ?? this.#localAddress;
  }

  /** Of the first address until one has answered. */
  get remoteAddress(): Address {
    return this.#winner?.remoteAddress ?? (this.#options[0] as ConnectOptions).address;
  }

  get pendingBytes(): number {
    return this.#winner?.pendingBytes ?? 0;
  }

  requestWritable(): void {
    this.#winner?.requestWritable();
  }

  start(handler: StreamSocketHandler): void {
    this.#handler = handler;
    this.#attempt();
  }

  write(buffer: Buffer): void {
    if (this.#winner === undefined) throw new Error('nothing is written before the connection stands');
    this.#winner.write(buffer);
  }

  readDisable(disable: boolean): void {
    this.#readDisabled = disable;
    this.#winner?.readDisable(disable);
  }

  shutdownWrite(): void {
    this.#winner?.shutdownWrite();
  }

  close(): void {
    this.#leave((socket) => socket.close());
  }

  abort(): void {
    this.#leave((socket) => socket.abort());
  }

  setNoDelay(enable: boolean): void {
    this.#noDelay = enable;
    for (const socket of this.#attempts) socket.setNoDelay(enable);
    this.#winner?.setNoDelay(enable);
  }

  setKeepAlive(options: KeepAlive): void {
    this.#winner?.setKeepAlive(options);
  }

  detach(): SocketError {
    return new SocketError('EBADF');
  }

  originalDestination(): undefined {}

  tcpInfo(): Uint8Array | undefined {
    return this.#winner?.tcpInfo();
  }

  #attempt(): void {
    const options = this.#options[this.#next];
    const handler = this.#handler;
    if (options === undefined || handler === undefined) return;
    if (this.#next++ > 0) this.#onFurtherAttempt();
    const socket = this.#engine.connect(options);
    this.#attempts.add(socket);
    this.#localAddress = socket.localAddress;
    if (this.#noDelay !== undefined) socket.setNoDelay(this.#noDelay);
    if (this.#next < this.#options.length) this.#timer.enableTimer(attemptDelayMs);
    socket.start({
      onConnected: () => this.#onConnected(socket, handler),
      onData: (buffer) => handler.onData(buffer),
      onEnd: () => handler.onEnd(),
      onWritable: (pendingBytes) => handler.onWritable(pendingBytes),
      onClose: (error) => this.#onClose(socket, handler, error),
    });
  }

  #onConnected(socket: StreamSocket, handler: StreamSocketHandler): void {
    this.#attempts.delete(socket);
    this.#leave((other) => other.close());
    this.#winner = socket;
    if (this.#readDisabled) socket.readDisable(true);
    handler.onConnected();
  }

  #onClose(socket: StreamSocket, handler: StreamSocketHandler, error: SocketError): void {
    if (!this.#attempts.delete(socket)) return handler.onClose(error);
    if (this.#next < this.#options.length) return this.#attempt();
    if (this.#attempts.size > 0) return;
    this.#leave(() => {});
    handler.onClose(error);
  }

  /** Ends all that is there. */
  #leave(end: (socket: StreamSocket) => void): void {
    this.#timer[Symbol.dispose]();
    this.#next = this.#options.length;
    for (const socket of this.#attempts) end(socket);
    this.#attempts.clear();
    if (this.#winner !== undefined) end(this.#winner);
  }
}
