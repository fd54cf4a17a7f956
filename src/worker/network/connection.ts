/**
 * A TCP or Unix connection with its filters (Envoy's Network::ConnectionImpl), over any socket engine.
 *
 * Bytes: socket -> [transport socket] -> read buffer -> read filters; write() -> write filters -> [transport socket] ->
 * socket. Without a transport socket that layer is not there at all.
 */
import type { Buffer } from '../../../sdk/buffer.ts';
import type { CloseType, Connection, NetworkFilter, TransportSocketCallbacks } from '../../../sdk/network.ts';
import { SliceBuffer } from '../../common/buffer/slice-buffer.ts';
import type { SocketError, StreamSocket, StreamSocketHandler } from '../../network/engine/engine.ts';
import { ConnectionBase } from './connection-base.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { DelayedClose } from './delayed-close.ts';
import { NetworkFilterManager } from './filter-manager.ts';

export abstract class SocketConnection
  extends ConnectionBase
  implements Connection, StreamSocketHandler, TransportSocketCallbacks
{
  constructor(options: ConnectionOptions, connecting: boolean) {
    super(options, connecting);
    if (this.transportSocket === undefined) return;
    this.info.setTransportSocket(this.transportSocket);
    this.transportSocket.start(this);
  }

  protected createFilterManager(): NetworkFilterManager {
    return new NetworkFilterManager(this);
  }

  // Filters.

  addFilter(filter: NetworkFilter): void {
    this.filters.addFilter(filter);
  }

  initializeReadFilters(): boolean {
    return this.filters.initializeReadFilters();
  }

  // Options.

  enableHalfClose(enabled: boolean): void {
    this.halfCloseEnabled = enabled;
  }

  noDelay(enable: boolean): void {
    this.socket?.setNoDelay(enable);
  }

  setBufferLimits(bytes: number): void {
    this.limitBytes = bytes;
    if (this.left?.isFull === true) this.left.waitForLow(bytes, () => this.readDisable(false));
    this.checkReadBuffer();
    this.checkWriteWatermarks();
  }

  setDelayedCloseTimeout(ms: number): void {
    this.delayedCloseTimeoutMs = ms;
  }

  // Writing.

  write(data: Buffer, endStream: boolean): void {
    if (this.currentState === 'Closed' || this.writeEnded) return data.drain(data.length);
    if (this.filters.onWrite(data, endStream) === 'StopIteration') return;
    this.rawWrite(data, endStream);
  }

  rawWrite(data: Buffer, endStream: boolean): void {
    if (this.currentState === 'Closed' || this.writeEnded) return data.drain(data.length);
    if (data.length === 0 && !endStream) return;
    this.writeEnded = endStream;
    this.meter.noteWrite(data.length);
    if (this.isConnecting) {
      this.beforeConnected ??= new SliceBuffer();
      this.beforeConnected.move(data);
      this.endBeforeConnected = endStream;
    } else if (this.transportSocket === undefined) {
      this.onSend(data, endStream);
    } else {
      this.meter.noteWritten(data.length);
      this.transportSocket.write(data, endStream);
    }
    this.afterWrite();
  }

  /** TransportSocketCallbacks. */
  tcpInfo(): Uint8Array | undefined {
    return this.socket?.tcpInfo();
  }

  noteWritten(bytes: number): void {
    this.meter.noteWritten(bytes);
  }

  /** TransportSocketCallbacks: bytes for the socket. */
  onSend(bytes: Buffer, endStream: boolean): void {
    const socket = this.socket;
    if (socket === undefined) return bytes.drain(bytes.length);
    const written = bytes.length;
    if (written > 0) {
      if (this.transportSocket === undefined) this.meter.noteWritten(written);
      socket.write(bytes);
      if (this.meter.waits) this.onWaiting(socket, written);
    }
    if (endStream && this.halfCloseEnabled) socket.shutdownWrite();
  }

  private afterWrite(): void {
    this.checkWriteWatermarks();
    this.meter.tellSent(this);
  }

  private onWaiting(socket: StreamSocket, written: number): void {
    socket.requestWritable();
    const pending = socket.pendingBytes;
    // Where nothing waited before, the kernel has yet to be asked: Envoy asks here, and counts what it does not take.
    if (pending !== written) this.notePending(pending);
  }

  // Reading.

  readDisable(disable: boolean): void {
    if (disable) {
      this.readDisableCount++;
      this.applyReadDisable();
      return;
    }
    if (this.readDisableCount === 0) throw new Error('readDisable(false) without a readDisable(true)');
    this.readDisableCount--;
    if (this.currentState !== 'Open') return;
    this.applyReadDisable();
    if (this.filtersWantData() && this.hasUnreadInput()) this.scheduleRedispatch();
  }

  /** StreamSocketHandler. */
  onData(data: Buffer): void {
    if (this.currentState !== 'Open') {
      this.drop(data);
      return;
    }
    if (this.transportSocket === undefined) {
      this.onReceived(data);
    } else {
      this.transportSocket.onReceived(data);
      // Of a layer that broke in the middle.
      if (data.length > 0) data.drain(data.length);
    }
  }

  /** TransportSocketCallbacks. */
  onPlaintext(data: Buffer, endStream: boolean): void {
    if (this.currentState !== 'Open') {
      data.drain(data.length);
      return;
    }
    if (data.length > 0) this.onReceived(data);
    if (endStream && !this.peerEnded) this.onPeerEnd();
  }

  /** StreamSocketHandler: the peer sent FIN. */
  onEnd(): void {
    if (this.currentState === 'Closed') return;
    this.transportSocket?.onPeerClosed();
    if (this.isClosed() || this.peerEnded) return;
    this.onPeerEnd();
  }

  private onPeerEnd(): void {
    if (this.isClosed()) return;
    this.peerEnded = true;
    if (!this.halfCloseEnabled || this.currentState === 'Closing') {
      this.closeSocket('RemoteClose');
      return;
    }
    if (this.filtersWantData()) this.dispatchRead();
    this.closeIfBothEnded();
  }

  private onReceived(data: Buffer): void {
    const bytes = data.length;
    const isShown = this.transportSocket === undefined && this.unreadBytes === 0 && this.filtersWantData();
    if (isShown) this.shown = data;
    else this.madeLeft().bytes.move(data);
    try {
      this.dispatchReceived(bytes);
    } finally {
      if (isShown) this.shown = undefined;
      if (data.length > 0) this.madeLeft().bytes.move(data);
    }
    if (!this.isClosed()) this.checkReadBuffer();
  }

  private dispatchReceived(bytes: number): void {
    if (this.filtersWantData()) {
      this.meter.noteReceived(bytes, this.readBuffer.length);
      this.dispatchRead();
    } else {
      this.meter.hold(bytes);
    }
  }

  private dispatchRead(): void {
    this.meter.noteHeld(this.readBuffer.length);
    if (this.peerEnded && this.halfCloseEnabled) {
      if (this.peerEndRaised) return;
      this.peerEndRaised = true;
      // The end is read like bytes are: the statistics see what is left then.
      this.meter.noteReceived(0, this.readBuffer.length);
    } else if (this.unreadBytes === 0) {
      return;
    }
    this.filters.onRead();
  }

  /** Reading that is stopped only since the read buffer is full does not keep the filters from emptying it. */
  private filtersWantData(): boolean {
    return this.readDisableCount === 0 || (this.readDisableCount === 1 && this.left?.isFull === true);
  }

  private hasUnreadInput(): boolean {
    return this.unreadBytes > 0 || (this.readEndStream && !this.peerEndRaised);
  }

  private scheduleRedispatch(): void {
    this.redispatch ??= this.dispatcher.createSchedulableCallback(() => this.onRedispatch());
    this.redispatch.scheduleCallbackCurrentIteration();
  }

  private onRedispatch(): void {
    if (this.currentState !== 'Open' || !this.filtersWantData()) return;
    this.dispatchRead();
    if (this.isClosed()) return;
    this.checkReadBuffer();
    this.closeIfBothEnded();
  }

  private checkReadBuffer(): void {
    const { left } = this;
    const limit = this.limitBytes;
    if (left === undefined || left.isFull || !left.isAbove(limit)) return;
    left.waitForLow(limit, () => this.readDisable(false));
    this.readDisable(true);
  }

  protected applyReadDisable(): void {
    const disable = this.currentState === 'Open' ? this.readDisableCount > 0 : !this.waitsForPeer();
    if (disable === this.socketReadDisabled || this.socket === undefined) return;
    this.socketReadDisabled = disable;
    this.socket.readDisable(disable);
  }

  // Sent bytes and watermarks.

  /** StreamSocketHandler: bytes wait, or the kernel took some that had to. */
  onWritable(pendingBytes: number): void {
    if (this.currentState === 'Closed') return;
    this.isBlocked = pendingBytes > 0;
    this.notePending(pendingBytes);
    this.meter.tellSent(this);
    if (this.isClosed()) return;
    this.checkWriteWatermarks();
    if (this.currentState === 'Closing') this.onFlushProgress();
    else this.closeIfBothEnded();
  }

  private notePending(socketPending: number): void {
    this.meter.notePending(socketPending, this.beforeConnected?.length ?? 0);
  }

  private pendingWriteBytes(): number {
    return (this.beforeConnected?.length ?? 0) + (this.socket?.pendingBytes ?? 0);
  }

  private checkWriteWatermarks(): void {
    const limit = this.limitBytes;
    const pending = this.pendingWriteBytes();
    if (!this.writeAboveHigh && limit > 0 && pending > limit) {
      this.writeAboveHigh = true;
      this.callbacks.onAboveWriteBufferHighWatermark();
    } else if (this.writeAboveHigh && (limit === 0 || pending <= limit >> 1)) {
      this.writeAboveHigh = false;
      this.callbacks.onBelowWriteBufferLowWatermark();
    }
    if (this.writeAboveHigh) this.socket?.requestWritable();
  }

  // Connecting.

  /** StreamSocketHandler: the transport beneath stands; a transport socket has its handshake before `Connected`. */
  onConnected(): void {
    if (this.currentState === 'Closed') return;
    if (this.transportSocket === undefined) this.onHandshakeComplete();
    else this.transportSocket.onConnected();
  }

  /** TransportSocketCallbacks. */
  onHandshakeComplete(): void {
    if (this.currentState === 'Closed') return;
    this.isConnecting = false;
    this.isReady = true;
    if (this.transportSocket !== undefined) this.onTransportReady();
    const waiting = this.beforeConnected;
    this.beforeConnected = undefined;
    this.raiseEvent('Connected');
    if (this.isClosed() || waiting === undefined) return;
    if (this.transportSocket === undefined) {
      this.onSend(waiting, this.endBeforeConnected);
    } else {
      this.meter.noteWritten(waiting.length);
      this.transportSocket.write(waiting, this.endBeforeConnected);
    }
    this.afterWrite();
  }

  /** For subclasses: the transport socket's handshake is done. */
  protected onTransportReady(): void {}

  /** TransportSocketCallbacks: the layer broke; its `failureReason` says why. To Envoy it is the peer that closed. */
  onFailure(): void {
    this.closeSocket('RemoteClose');
  }

  // Closing.

  close(type: CloseType, details = ''): void {
    if (this.currentState === 'Closed') return;
    if (details !== '') this.info.localCloseReason = details;
    if (type === 'Abort' || type === 'AbortReset') {
      if (type === 'AbortReset') this.streamInfo.detectedCloseType = 'LocalReset';
      this.abort('LocalClose');
      return;
    }
    const pending = this.pendingWriteBytes();
    const waits = type === 'FlushWriteAndDelay' && this.delayedCloseTimeoutMs > 0;
    if (type === 'NoFlush' || this.isConnecting || (pending === 0 && !waits)) {
      this.closeSocket('LocalClose', !this.isConnecting);
      return;
    }
    if (this.currentState === 'Closing') return;
    this.currentState = 'Closing';
    this.socket?.requestWritable();
    this.delayedClose = new DelayedClose(this.dispatcher, this.delayedCloseTimeoutMs, waits, () => {
      this.meter.noteDelayedCloseTimeout();
      this.info.localCloseReason = 'triggered_delayed_close_timeout';
      this.closeSocket('LocalClose');
    });
    // What was written just now is mostly gone at the end of this iteration: only if not is there something to wait for.
    if (pending === 0 || this.isBlocked) this.delayedClose.wait();
    this.applyReadDisable();
  }

  /** What the kernel takes of the pending bytes in this iteration still goes out; nothing is waited for. */
  private closeAfterOneTry(event: 'RemoteClose' | 'LocalClose'): void {
    const socket = this.finish();
    const later = this.dispatcher.createSchedulableCallback(() => {
      later[Symbol.dispose]();
      socket?.close();
    });
    later.scheduleCallbackNextIteration();
    this.raiseEvent(event);
  }

  private onFlushProgress(): void {
    const isFlushed = this.pendingWriteBytes() === 0;
    if (isFlushed && this.delayedClose?.waitsForPeer !== true) return this.closeSocket('LocalClose');
    this.delayedClose?.wait();
    if (isFlushed) this.applyReadDisable();
  }

  /** All is sent and the peer is to close first: reading shows when it does; what else comes is dropped, up to the limit. */
  private waitsForPeer(): boolean {
    return this.delayedClose?.waitsForPeer === true && !this.peerGoesOn && this.pendingWriteBytes() === 0;
  }

  /** A peer that goes on sending is read no more: the system pushes back on it until the time is up. */
  private drop(data: Buffer): void {
    const dropped = this.delayedClose?.noteDropped(data.length) ?? 0;
    data.drain(data.length);
    if (dropped <= this.limitBytes || this.currentState !== 'Closing') return;
    this.peerGoesOn = true;
    this.applyReadDisable();
  }

  private closeIfBothEnded(): void {
    if (!this.peerEndRaised || !this.writeEnded || this.currentState !== 'Open') return;
    if (this.pendingWriteBytes() === 0) this.closeSocket('RemoteClose');
    else this.socket?.requestWritable();
  }

  /**
   * A filter, the transport socket or a callback has thrown: this connection ends, its worker and the others go on.
   * FilterManagerConnection.
   */
  onFault(error: unknown): void {
    this.reportFault(error);
    this.close('NoFlush', 'filter_threw');
  }

  /** StreamSocketHandler: the socket is gone, by the peer's RST or an error of the network. */
  onClose(error: SocketError | undefined): void {
    if (this.currentState === 'Closed') return;
    // One that resets in its handshake breaks that, to Envoy.
    const standsOrIsPlain = this.isReady || this.transportSocket === undefined;
    if (error?.isReset === true && standsOrIsPlain) this.streamInfo.detectedCloseType = 'RemoteReset';
    if (error !== undefined) this.transportSocket?.onBroken?.(error);
    this.finish()?.close();
    this.raiseEvent('RemoteClose');
  }

  protected setFailureReason(reason: string): void {
    this.failureReason = reason;
  }

  /** `triesOnce`: what is pending is given a chance; so is always what a transport socket says last, alert or farewell. */
  protected closeSocket(event: 'RemoteClose' | 'LocalClose', triesOnce = this.transportSocket !== undefined): void {
    if (this.currentState === 'Closed') return;
    this.transportSocket?.close?.();
    if (triesOnce && (this.socket?.pendingBytes ?? 0) > 0) {
      this.closeAfterOneTry(event);
      return;
    }
    this.finish()?.close();
    this.raiseEvent(event);
  }

  private abort(event: 'RemoteClose' | 'LocalClose'): void {
    this.finish()?.abort();
    this.raiseEvent(event);
  }

  /** For subclasses: the connection has just become closed. */
  protected onFinished(): void {}

  private finish(): StreamSocket | undefined {
    this.onFinished();
    this.currentState = 'Closed';
    // One look at the clock for all who note when the connection ends.
    this.dispatcher.updateApproximateMonotonicTime();
    this.isConnecting = false;
    this.delayedClose?.[Symbol.dispose]();
    this.redispatch?.[Symbol.dispose]();
    // A filter that closes may still have the buffer in its hands.
    if (!this.filters.isReading) this.drainUnread();
    this.beforeConnected?.drain(this.beforeConnected.length);
    this.transportSocket?.[Symbol.dispose]();
    const socket = this.socket;
    this.socket = undefined;
    // Where nothing waits to be counted, what is pending of a transport socket are its own last words.
    const isCounted = this.transportSocket === undefined || this.meter.waits;
    this.meter.finish(isCounted ? (socket?.pendingBytes ?? 0) : 0);
    return socket;
  }

  /** FilterManagerConnection. */
  onReadDone(): void {
    if (this.currentState === 'Closed') this.drainUnread();
  }

  private isClosed(): boolean {
    return this.currentState === 'Closed';
  }
}
