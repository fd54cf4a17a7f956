import type { Buffer } from '../../sdk/buffer.ts';
import type { Dispatcher } from '../../sdk/event.ts';
import type {
  CloseType,
  Connection,
  ConnectionCallbacks,
  ConnectionEvent,
  ConnectionState,
  NetworkFilter,
  ReadFilterCallbacks,
} from '../../sdk/network.ts';
import { IpAddress } from '../../src/common/network/address.ts';
import { StreamRecord } from '../../src/common/stream-info/stream-record.ts';
import { SocketConnectionInfo } from '../../src/worker/network/connection-info.ts';

/** A connection whose peer is the test: what is written is kept as text, what is closed is noted. */
export class FakeConnection implements Connection, ReadFilterCallbacks {
  readonly id = 7;
  readonly dispatcher: Dispatcher;
  readonly info: SocketConnectionInfo;
  readonly streamInfo: StreamRecord;
  readonly bufferLimitBytes = 1_048_576;
  readonly transportFailureReason = '';
  readonly detectedCloseType = 'Normal';
  readonly lastRoundTripTimeMs = undefined;
  aboveHighWatermark = false;
  localCloseReason = '';
  state: ConnectionState = 'Open';
  written = '';
  /** How often `write` was called. */
  writes = 0;
  closes: string[] = [];
  readDisables = 0;
  delayedCloseMs = 0;
  drainClose = false;
  upstreamHost = undefined;
  readonly #callbacks = new Set<ConnectionCallbacks>();

  constructor(dispatcher: Dispatcher, remote = '10.0.0.9', local = '10.0.0.1') {
    this.dispatcher = dispatcher;
    this.info = new SocketConnectionInfo(7, new IpAddress(local, 8080), new IpAddress(remote, 4000));
    this.streamInfo = new StreamRecord(dispatcher.timeSource, this.info);
  }

  get connection(): Connection {
    return this;
  }

  get drainDecision() {
    return { drainClose: () => this.drainClose };
  }

  get readEnabled(): boolean {
    return this.readDisables === 0;
  }

  write(data: Buffer): void {
    this.written += data.toString();
    this.writes++;
    data.drain(data.length);
  }

  readDisable(disable: boolean): void {
    this.readDisables += disable ? 1 : -1;
  }

  close(type: CloseType, details = ''): void {
    if (this.state !== 'Open') return;
    this.closes.push(type);
    this.localCloseReason = details;
    this.state = type.startsWith('FlushWrite') ? 'Closing' : 'Closed';
    if (this.state === 'Closed') this.raise('LocalClose');
  }

  /** The handshake is done, the peer closes, or our own close has been flushed. */
  raise(event: ConnectionEvent): void {
    if (event !== 'Connected') this.state = 'Closed';
    for (const callbacks of this.#callbacks) callbacks.onEvent(event);
  }

  overflow(above: boolean): void {
    this.aboveHighWatermark = above;
    for (const callbacks of this.#callbacks) {
      if (above) callbacks.onAboveWriteBufferHighWatermark();
      else callbacks.onBelowWriteBufferLowWatermark();
    }
  }

  addConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    this.#callbacks.add(callbacks);
  }

  removeConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    this.#callbacks.delete(callbacks);
  }

  setDelayedCloseTimeout(ms: number): void {
    this.delayedCloseMs = ms;
  }

  addFilter(_filter: NetworkFilter): void {}

  initializeReadFilters(): boolean {
    return true;
  }

  setConnectionStats(): void {}

  addBytesSentCallback(): void {}

  enableHalfClose(): void {}

  noDelay(): void {}

  setBufferLimits(): void {}

  continueReading(): void {}

  injectReadDataToFilterChain(): void {}
}
