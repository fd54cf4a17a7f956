import type { Timer } from '../../../sdk/event.ts';
import type { ClientConnection, ConnectionCallbacks, ConnectionEvent } from '../../../sdk/network.ts';
import { jitteredMs } from '../../common/jitter.ts';
import type { ListNode } from '../../common/linked-list.ts';
import type { ConnPool } from './conn-pool.ts';

/**
 * - `Connecting`: no stream can be attached yet.
 * - `Ready`: has room for a stream.
 * - `Busy`: has as many streams as it takes at a time.
 * - `Draining`: takes no more streams and closes with its last one.
 */
export type ClientState = 'Connecting' | 'Ready' | 'Busy' | 'Draining' | 'Closed';

/** One connection of a pool (Envoy's ConnectionPool::ActiveClient). */
export abstract class ActiveClient implements ConnectionCallbacks, ListNode<ActiveClient> {
  state: ClientState = 'Connecting';
  previous: ActiveClient | undefined = undefined;
  next: ActiveClient | undefined = undefined;
  readonly connection: ClientConnection;
  /** Streams that this connection may still begin; Infinity without a limit. */
  remainingStreams: number;
  /** Streams at a time. */
  readonly concurrentStreamLimit: number;
  /** Streams that it has carried. */
  streamsStarted = 0;
  timedOut = false;
  connected = false;
  protected readonly pool: ConnPool;
  readonly #createdMs: number;
  #timer: Timer | undefined;

  constructor(pool: ConnPool, connection: ClientConnection, maxStreams: number, concurrentStreamLimit: number) {
    this.pool = pool;
    this.connection = connection;
    this.remainingStreams = maxStreams === 0 ? Number.POSITIVE_INFINITY : maxStreams;
    this.concurrentStreamLimit = concurrentStreamLimit;
    this.#createdMs = pool.dispatcher.timeSource.monotonicTimeMs();
    const timing = connection.streamInfo.upstream?.timing;
    if (timing !== undefined) timing.connectStartMs = this.#createdMs;
    this.#timer = pool.dispatcher.createTimer(() => this.#onConnectTimeout());
    this.#timer.enableTimer(pool.cluster.config.connectTimeoutMs);
  }

  abstract readonly activeStreams: number;
  abstract readonly closingWithIncompleteStream: boolean;

  /** Another stream begins. */
  noteStream(): void {
    // Infinity less one would be a number of its own on the heap, each time.
    if (this.remainingStreams !== Number.POSITIVE_INFINITY) this.remainingStreams--;
    this.streamsStarted++;
  }

  /** How many streams it would take if it were idle. */
  get effectiveConcurrentStreamLimit(): number {
    return Math.min(this.remainingStreams, this.concurrentStreamLimit);
  }

  /** How many more it takes at this moment. */
  get currentUnusedCapacity(): number {
    return Math.min(this.remainingStreams, this.concurrentStreamLimit - this.activeStreams);
  }

  get ageMs(): number {
    return this.pool.dispatcher.timeSource.monotonicTimeMs() - this.#createdMs;
  }

  close(): void {
    this.connection.close('NoFlush');
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'Connected') this.#onConnected();
    else this.#dropTimer();
    this.pool.onConnectionEvent(this, event);
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}

  #onConnected(): void {
    this.connected = true;
    this.#dropTimer();
    const timing = this.connection.streamInfo.upstream?.timing;
    if (timing !== undefined) timing.connectCompleteMs = this.#createdMs + this.ageMs;
    const { maxConnectionDurationMs: maxMs, maxConnectionDurationJitter: jitter } = this.pool.cluster.config.http;
    if (maxMs === 0) return;
    const { dispatcher } = this.pool;
    this.#timer = dispatcher.createTimer(() => this.#onMaxDuration());
    this.#timer.enableTimer(jitteredMs(maxMs, jitter, dispatcher.random));
  }

  #onConnectTimeout(): void {
    this.pool.stats.upstreamCxConnectTimeout.inc();
    this.timedOut = true;
    this.close();
  }

  #onMaxDuration(): void {
    this.#dropTimer();
    if (this.state === 'Closed') return;
    this.pool.stats.upstreamCxMaxDurationReached.inc();
    this.pool.drainClient(this);
  }

  #dropTimer(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
  }
}
