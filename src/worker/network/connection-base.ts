/** What a connection is made of, and what it tells of itself: its bytes and its end are connection.ts's. */
import type { Buffer } from '../../../sdk/buffer.ts';
import type { Dispatcher, SchedulableCallback } from '../../../sdk/event.ts';
import type {
  ConnectionCallbacks,
  ConnectionEvent,
  ConnectionState,
  ConnectionStats,
  DetectedCloseType,
  DrainDecision,
  TransportSocket,
} from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { GuardedDispatcher } from '../../event/guarded-dispatcher.ts';
import type { StreamSocket } from '../../network/engine/engine.ts';
import { ConnectionCallbackList } from './connection-callbacks.ts';
import type { SocketConnectionInfo } from './connection-info.ts';
import { ConnectionMeter } from './connection-meter.ts';
import type { ConnectionOptions } from './connection-options.ts';
import type { DelayedClose } from './delayed-close.ts';
import { GuardedTransportSocket } from './guarded-transport-socket.ts';
import { ReadBuffer } from './read-buffer.ts';

function ignore(): void {}

const NEVER_DRAINS: DrainDecision = { drainClose: () => false };

export abstract class ConnectionBase {
  // Declared alone, and no method private to V8, here and in the classes below: see HeaderEntries.
  declare readonly dispatcher: Dispatcher;
  declare readonly info: SocketConnectionInfo;
  declare readonly streamInfo: StreamInfo;
  declare readonly drainDecision: DrainDecision;
  declare protected socket: StreamSocket | undefined;
  declare protected readonly transportSocket: TransportSocket | undefined;
  declare protected readonly meter: ConnectionMeter;
  declare protected readonly callbacks: ConnectionCallbackList;
  declare protected readonly reportFault: (error: unknown) => void;
  declare protected delayedCloseTimeoutMs: number;
  declare protected delayedClose: DelayedClose | undefined;
  declare protected peerGoesOn: boolean;
  declare protected limitBytes: number;

  declare protected currentState: ConnectionState;
  declare protected isConnecting: boolean;
  declare protected halfCloseEnabled: boolean;

  /** While it is full, one reason of `readDisableCount` is ours. */
  declare protected readonly input: ReadBuffer;
  declare protected readDisableCount: number;
  declare protected socketReadDisabled: boolean;
  declare protected redispatch: SchedulableCallback | undefined;
  declare protected peerEnded: boolean;
  declare protected peerEndRaised: boolean;

  declare protected writeEnded: boolean;
  declare protected writeAboveHigh: boolean;
  /** The socket has told that the kernel leaves bytes. */
  declare protected isBlocked: boolean;
  /** What was written before the connection stood. */
  declare protected beforeConnected: Buffer | undefined;
  declare protected endBeforeConnected: boolean;

  declare protected failureReason: string;
  /** The transport socket's handshake is done. */
  declare protected isReady: boolean;

  constructor(options: ConnectionOptions, connecting: boolean) {
    const onFault = (error: unknown): void => this.onFault(error);
    const { transportSocket } = options;
    this.dispatcher = new GuardedDispatcher(options.dispatcher, onFault);
    this.info = options.info;
    this.streamInfo = options.streamInfo;
    this.drainDecision = options.drainDecision ?? NEVER_DRAINS;
    this.socket = undefined;
    this.transportSocket = transportSocket && new GuardedTransportSocket(transportSocket, onFault);
    this.meter = new ConnectionMeter(options.streamInfo);
    this.callbacks = new ConnectionCallbackList(onFault);
    this.reportFault = options.reportFault ?? ignore;
    this.delayedCloseTimeoutMs = 0;
    this.delayedClose = undefined;
    this.peerGoesOn = false;
    this.limitBytes = options.bufferLimitBytes ?? 0;
    this.currentState = 'Open';
    this.isConnecting = connecting;
    this.halfCloseEnabled = false;
    this.input = new ReadBuffer();
    this.readDisableCount = 0;
    this.socketReadDisabled = false;
    this.redispatch = undefined;
    this.peerEnded = false;
    this.peerEndRaised = false;
    this.writeEnded = false;
    this.writeAboveHigh = false;
    this.isBlocked = false;
    this.beforeConnected = undefined;
    this.endBeforeConnected = false;
    this.failureReason = '';
    this.isReady = false;
  }

  abstract onFault(error: unknown): void;

  get id(): number {
    return this.info.connectionId;
  }

  get state(): ConnectionState {
    return this.currentState;
  }

  get connecting(): boolean {
    return this.isConnecting;
  }

  get localCloseReason(): string {
    return this.info.localCloseReason;
  }

  get detectedCloseType(): DetectedCloseType {
    return this.streamInfo.detectedCloseType ?? 'Normal';
  }

  get readEnabled(): boolean {
    return this.readDisableCount === 0;
  }

  get readEndStream(): boolean {
    return this.peerEnded && this.halfCloseEnabled;
  }

  get bufferLimitBytes(): number {
    return this.limitBytes;
  }

  /** FilterManagerConnection. */
  get readBuffer(): Buffer {
    return this.input.bytes;
  }

  get aboveHighWatermark(): boolean {
    return this.writeAboveHigh;
  }

  get transportFailureReason(): string {
    return this.failureReason !== '' ? this.failureReason : (this.transportSocket?.failureReason ?? '');
  }

  get lastRoundTripTimeMs(): number | undefined {
    return this.info.roundTripTimeMs;
  }

  // Callbacks and statistics.

  addConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks.add(callbacks);
  }

  removeConnectionCallbacks(callbacks: ConnectionCallbacks): void {
    this.callbacks.remove(callbacks);
  }

  addBytesSentCallback(callback: (bytes: number) => void): void {
    this.meter.addBytesSentCallback(callback);
  }

  setConnectionStats(stats: ConnectionStats): void {
    this.meter.setStats(stats);
  }

  protected raiseEvent(event: ConnectionEvent): void {
    this.callbacks.onEvent(event);
  }
}
