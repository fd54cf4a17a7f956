import type { Address, ClientConnection } from '../../../sdk/network.ts';
import type { ConnectOptions, SocketEngine, SocketError } from '../../network/engine/engine.ts';
import { type ConnectionOptions, SocketConnection } from './connection.ts';

/** What `connect` of a socket answers at once rather than after packets went to and fro. */
const IMMEDIATE = /^(EACCES|EADDRNOTAVAIL|EAFNOSUPPORT|EINVAL|ENETUNREACH|ENETDOWN|EPERM|ENOENT)$/;

/** What `bind` answers; with a source address these are taken to come from it. */
const BIND = /^(EACCES|EADDRINUSE|EADDRNOTAVAIL|EINVAL)$/;

/** A connection that we open. Add filters and callbacks, then `connect()`. */
export class UpstreamClientConnection extends SocketConnection implements ClientConnection {
  readonly #engine: Pick<SocketEngine, 'connect'>;
  readonly #connectOptions: ConnectOptions;
  #noDelay: boolean | undefined = undefined;

  constructor(engine: Pick<SocketEngine, 'connect'>, connectOptions: ConnectOptions, options: ConnectionOptions) {
    super(options, true);
    this.#engine = engine;
    this.#connectOptions = connectOptions;
  }

  get address(): Address {
    return this.#connectOptions.address;
  }

  connect(): void {
    if (this.state === 'Closed' || this.socket !== undefined) return;
    const socket = this.#engine.connect(this.#connectOptions);
    this.socket = socket;
    if (this.#noDelay !== undefined) socket.setNoDelay(this.#noDelay);
    this.applyReadDisable();
    socket.start(this);
  }

  /** May be asked before the socket is there. */
  override noDelay(enable: boolean): void {
    this.#noDelay = enable;
    super.noDelay(enable);
  }

  override onConnected(): void {
    if (this.socket !== undefined) {
      this.info.setLocalAddress(this.socket.localAddress);
    }
    super.onConnected();
  }

  protected override onTransportReady(): void {
    const timing = this.streamInfo.upstream?.timing;
    if (timing !== undefined) timing.handshakeCompleteMs = this.dispatcher.timeSource.monotonicTimeMs();
  }

  override onClose(error: SocketError | undefined): void {
    if (!this.connecting || error === undefined) {
      super.onClose(error);
      return;
    }
    const { address, sourceAddress } = this.#connectOptions;
    if (sourceAddress !== undefined && BIND.test(error.code)) {
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
