import type { ScaledTimeouts } from '../../../sdk/extension.ts';
import type { DrainWindow } from '../../../sdk/network.ts';
import type { Counter } from '../../../sdk/stats.ts';
import type { StreamSocket } from '../../network/engine/engine.ts';
import { ScaledTimeout } from '../scaled-timer.ts';
import { SocketConnection } from './connection.ts';
import type { ConnectionOptions } from './connection-options.ts';

/** An accepted connection. Add its filters, then `start()`. */
export class ServerConnection extends SocketConnection {
  declare private handshakeTimer: ScaledTimeout | undefined;
  declare private handshakeTimeouts: Counter | undefined;

  constructor(socket: StreamSocket, options: ConnectionOptions) {
    super(options, options.transportSocket !== undefined);
    this.socket = socket;
    this.handshakeTimer = undefined;
    this.handshakeTimeouts = undefined;
  }

  /**
   * Closes the connection when its transport socket has not finished its handshake in time. To be called before
   * `start()`; without a transport socket it means nothing.
   * @param scaled undefined = timeouts are as long as they are
   */
  setTransportSocketConnectTimeout(ms: number, timeouts: Counter, scaled: ScaledTimeouts | undefined): void {
    if (this.transportSocket === undefined) return;
    this.handshakeTimeouts = timeouts;
    const onTimeout = (): void => this.onHandshakeTimeout();
    this.handshakeTimer ??= new ScaledTimeout(this.dispatcher, 'transport-socket-connect', scaled, onTimeout);
    this.handshakeTimer.start(ms);
  }

  /** Takes over the socket's events. Filters have been added and initialised before. */
  start(): void {
    this.socket?.start(this);
    this.transportSocket?.onConnected();
  }

  /** Instead of `start()`: the socket was started by listener filters, which pass its events on. */
  startAdopted(): void {
    this.transportSocket?.onConnected();
  }

  /** Instead of what stood for it until now. */
  useSocket(socket: StreamSocket): void {
    if (this.socket !== undefined) this.socket = socket;
  }

  raiseDrain(window: DrainWindow): void {
    this.filters.onDrain(window);
  }

  protected override onTransportReady(): void {
    const { downstreamTiming } = this.streamInfo;
    downstreamTiming.downstreamHandshakeCompleteMs = this.dispatcher.timeSource.monotonicTimeMs();
  }

  override onHandshakeComplete(): void {
    this.disposeTimer();
    super.onHandshakeComplete();
  }

  protected override onFinished(): void {
    this.disposeTimer();
  }

  private onHandshakeTimeout(): void {
    this.handshakeTimeouts?.inc();
    this.streamInfo.connectionTerminationDetails = 'transport socket timeout was reached';
    this.info.localCloseReason = 'transport_socket_timeout';
    this.closeSocket('LocalClose');
  }

  private disposeTimer(): void {
    this.handshakeTimer?.[Symbol.dispose]();
    this.handshakeTimer = undefined;
  }
}
