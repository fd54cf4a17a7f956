import type { Address, ClientConnection } from '../../../sdk/network.ts';
import {
  type ConnectOptions,
  type SocketEngine,
  type SocketError,
  SocketOptionError,
  type StreamSocket,
} from '../../network/engine/engine.ts';
import { SocketConnection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { HappyEyeballsSocket } from './happy-eyeballs.ts';

/** What `connect` of a socket answers at once rather than after packets went to and fro. */
const IMMEDIATE = /^(EACCES|EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL|ENETUNREACH|ENETDOWN|EPERM|ENOENT)$/;

/** What `bind` answers; with a source address these are taken to come from it. */
const BIND = /^(EACCES|EADDRINUSE|EADDRNOTAVAIL|EINVAL)$/;

function isOfBind(code: string, source: Address, address: Address): boolean {
  return BIND.test(code) || (code === 'EAFNOSUPPORT' && source.ipVersion !== address.ipVersion);
}

/** A connection that we open. Add filters and callbacks, then `connect()`. */
export class UpstreamClientConnection extends SocketConnection implements ClientConnection {
  readonly #engine: Pick<SocketEngine, 'connect'>;
  readonly #connectOptions: ConnectOptions;
  readonly #others: readonly ConnectOptions[];
  #noDelay: boolean | undefined = undefined;
  /** The connection stands; `connecting` goes on until the transport socket's handshake is done, too. */
  #isConnected = false;
  /** Told of each attempt but the first, where the host has several addresses. */
  onFurtherAttempt: () => void = () => {};

  /** @param others for further addresses of the same host */
  constructor(
    engine: Pick<SocketEngine, 'connect'>,
    connectOptions: ConnectOptions,
    options: ConnectionOptions,
    others: readonly ConnectOptions[] = [],
  ) {
    super(options, true);
    this.#engine = engine;
    this.#connectOptions = connectOptions;
    this.#others = others;
  }

  get address(): Address {
    return this.#connectOptions.address;
  }

  connect(): void {
    if (this.state === 'Closed' || this.socket !== undefined) return;
    const socket = this.#createSocket();
    this.socket = socket;
    if (this.#noDelay !== undefined) socket.setNoDelay(this.#noDelay);
    this.applyReadDisable();
    socket.start(this);
  }

  #createSocket(): StreamSocket {
    if (this.#others.length === 0) return this.#engine.connect(this.#connectOptions);
    return new HappyEyeballsSocket(this.#engine, [this.#connectOptions, ...this.#others], this.dispatcher, () =>
      this.onFurtherAttempt(),
    );
  }

  /** May be asked before the socket is there. */
  override noDelay(enable: boolean): void {
    this.#noDelay = enable;
    super.noDelay(enable);
  }

  override onConnected(): void {
    this.#isConnected = true;
    if (this.socket !== undefined) {
      this.info.setLocalAddress(this.socket.localAddress);
      if (this.#others.length > 0) this.info.remoteAddress = this.socket.remoteAddress;
    }
    super.onConnected();
  }

  protected override onTransportReady(): void {
    const timing = this.streamInfo.upstream?.timing;
    if (timing !== undefined) timing.handshakeCompleteMs = this.dispatcher.timeSource.monotonicTimeMs();
  }

  override onClose(error: SocketError | undefined): void {
    if (!this.connecting || this.#isConnected || error === undefined) {
      super.onClose(error);
      return;
    }
    const { address, sourceAddress } = this.#connectOptions;
    // Envoy gives no reason.
    if (error instanceof SocketOptionError) return this.closeSocket('LocalClose');
    if (sourceAddress !== undefined && isOfBind(error.code, sourceAddress, address)) {
      this.setFailureReason(`failed to bind to ${sourceAddress.asString}: ${error.message}`);
      this.meter.noteBindError();
      this.closeSocket('LocalClose');
      return;
    }
    const immediate = address.kind === 'pipe' || IMMEDIATE.test(error.code);
    this.setFailureReason(
      immediate
        ? `immediate connect error: ${error.message}|remote address:${address.asString}`
        : `delayed connect error: ${error.message}`,
    );
    super.onClose(error);
  }
}
