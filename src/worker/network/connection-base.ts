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
import type { NetworkFilterManager } from './filter-manager.ts';
import { GuardedTransportSocket } from './guarded-transport-socket.ts';
import { ReadBuffer } from './read-buffer.ts';

function ignore(): void {}

const NEVER_DRAINS: DrainDecision = { drainClose: () => false };

export abstract class ConnectionBase {
  // Declared alone, and no method private to V8, here and in the classes below: see HeaderEntries.
  // In the order in which they are set below.
  declare protected currentState: ConnectionState;
  declare protected isConnecting: boolean;
  declare protected halfCloseEnabled: boolean;
  declare protected peerEnded: boolean;
  declare protected writeEnded: boolean;
  declare protected writeAboveHigh: boolean;
  declare protected readDisableCount: number;
  declare protected limitBytes: number;
  declare protected socket: StreamSocket | undefined;
  declare protected readonly transportSocket: TransportSocket | undefined;
  declare protected readonly filters: NetworkFilterManager;
  declare protected readonly meter: ConnectionMeter;
  /** What came just now, while nothing was left: filters see it where it lies. */
  declare protected shown: Buffer | undefined;
  /** What filters left, made for the first such bytes. While it is full, one reason of `readDisableCount` is ours. */
  declare protected left: ReadBuffer | undefined;
  /** What was written before the connection stood. */
  declare protected beforeConnected: Buffer | undefined;
  declare protected endBeforeConnected: boolean;

  declare readonly dispatcher: Dispatcher;
  declare readonly info: SocketConnectionInfo;
  declare readonly streamInfo: StreamInfo;
  declare readonly drainDecision: DrainDecision;
  declare protected readonly callbacks: ConnectionCallbackList;
  declare protected readonly reportFault: (error: unknown) => void;
  declare protected delayedCloseTimeoutMs: number;
  declare protected delayedClose: DelayedClose | undefined;
  declare protected peerGoesOn: boolean;
  declare protected socketReadDisabled: boolean;
  declare protected redispatch: SchedulableCallback | undefined;
  declare protected peerEndRaised: boolean;
  /** The socket has told that the kernel leaves bytes. */
  declare protected isBlocked: boolean;
  declare protected failureReason: string;
  /** The transport socket's handshake is done. */
  declare protected isReady: boolean;

  constructor(options: ConnectionOptions, connecting: boolean) {
    const onFault = (error: unknown): void => this.onFault(error);
    const { transportSocket } = options;
    // First what each message looks at: together it lies in few lines of the cache.
    this.currentState = 'Open';
    this.isConnecting = connecting;
    this.halfCloseEnabled = false;
    this.peerEnded = false;
    this.writeEnded = false;
    this.writeAboveHigh = false;
    this.readDisableCount = 0;
    this.limitBytes = options.bufferLimitBytes ?? 0;
    this.socket = undefined;
    this.transportSocket = transportSocket && new GuardedTransportSocket(transportSocket, onFault);
    this.filters = this.createFilterManager();
    this.meter = new ConnectionMeter(options.streamInfo);
    this.shown = undefined;
    this.left = undefined;
    this.beforeConnected = undefined;
    this.endBeforeConnected = false;
    this.dispatcher = new GuardedDispatcher(options.dispatcher, onFault);
    this.info = options.info;
    this.streamInfo = options.streamInfo;
    this.drainDecision = options.drainDecision ?? NEVER_DRAINS;
    this.callbacks = new ConnectionCallbackList(onFault);
    this.reportFault = options.reportFault ?? ignore;
    this.delayedCloseTimeoutMs = 0;
    this.delayedClose = undefined;
    this.peerGoesOn = false;
    this.socketReadDisabled = false;
    this.redispatch = undefined;
    this.peerEndRaised = false;
    this.isBlocked = false;
    this.failureReason = '';
    this.isReady = false;
  }

  protected abstract createFilterManager(): NetworkFilterManager;

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
    return this.shown ?? this.madeLeft().bytes;
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

  protected get unreadBytes(): number {
    return (this.shown ?? this.left?.bytes)?.length ?? 0;
  }

  protected drainUnread(): void {
    (this.shown ?? this.left?.bytes)?.drain(this.unreadBytes);
  }

  protected madeLeft(): ReadBuffer {
    this.left ??= new ReadBuffer();
    return this.left;
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
