import type { Buffer } from '../../../sdk/buffer.ts';
import type { Timer } from '../../../sdk/event.ts';
import type { ConnectionEvent, FilterStatus, NetworkFilter } from '../../../sdk/network.ts';
import type {
  Cancellable,
  Host,
  PoolFailureReason,
  TcpConnectionData,
  TcpConnectionPool,
  TcpPoolCallbacks,
  TcpUpstreamCallbacks,
} from '../../../sdk/upstream.ts';
import type { UpstreamClientConnection } from '../network/client-connection.ts';
import { ActiveClient } from './active-client.ts';
import { ConnPool, type ConnPoolOptions, PendingStream } from './conn-pool.ts';
import { createHostConnection } from './host-connection.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** A TCP connection of a pool, lent to one user at a time. */
class TcpActiveClient extends ActiveClient implements NetworkFilter {
  readonly #idleTimer: Timer | undefined;
  readonly #idleTimeoutMs: number;
  #lease: TcpLease | undefined = undefined;
  #callbacks: TcpUpstreamCallbacks | undefined = undefined;
  #readHeld = false;
  #incompleteAtClose = false;

  constructor(pool: TcpConnPool, connection: UpstreamClientConnection) {
    super(pool, connection, pool.cluster.config.http.maxRequestsPerConnection, 1);
    this.#idleTimeoutMs = pool.cluster.config.tcp.idleTimeoutMs;
    if (this.#idleTimeoutMs > 0) this.#idleTimer = pool.dispatcher.createTimer(() => this.#onIdleTimeout());
    connection.addFilter(this);
    connection.addConnectionCallbacks(this);
  }

  get activeStreams(): number {
    return this.#lease === undefined ? 0 : 1;
  }

  get closingWithIncompleteStream(): boolean {
    return this.#incompleteAtClose;
  }

  lend(): TcpConnectionData {
    this.#idleTimer?.disableTimer();
    this.#lease = new TcpLease(this);
    return this.#lease;
  }

  /** From now on the user gets what arrives; until then nothing is read. */
  setCallbacks(lease: TcpLease, callbacks: TcpUpstreamCallbacks): void {
    if (this.#lease !== lease) return;
    this.#callbacks = callbacks;
    if (!this.#readHeld) return;
    this.#readHeld = false;
    this.connection.readDisable(false);
  }

  giveBack(lease: TcpLease): void {
    if (this.#lease !== lease) return;
    this.#lease = undefined;
    this.#callbacks = undefined;
    if (this.state !== 'Closed') this.#idleTimer?.enableTimer(this.#idleTimeoutMs);
    this.pool.onStreamClosed(this);
  }

  onData(data: Buffer, endStream: boolean): FilterStatus {
    // Data that nobody asked for: the connection is of no use to the next user.
    if (this.#callbacks === undefined) this.close();
    else this.#callbacks.onUpstreamData(data, endStream);
    return 'StopIteration';
  }

  override onEvent(event: ConnectionEvent): void {
    if (event === 'Connected') {
      this.#readHeld = true;
      this.connection.readDisable(true);
      this.#idleTimer?.enableTimer(this.#idleTimeoutMs);
      super.onEvent(event);
      return;
    }
    this.#idleTimer?.[Symbol.dispose]();
    const callbacks = this.#callbacks;
    const lease = this.#lease;
    this.#incompleteAtClose = lease !== undefined;
    super.onEvent(event);
    if (lease !== undefined) this.giveBack(lease);
    callbacks?.onEvent(event);
  }

  override onAboveWriteBufferHighWatermark(): void {
    this.#callbacks?.onAboveWriteBufferHighWatermark();
  }

  override onBelowWriteBufferLowWatermark(): void {
    this.#callbacks?.onBelowWriteBufferLowWatermark();
  }

  #onIdleTimeout(): void {
    this.pool.stats.upstreamCxIdleTimeout.inc();
    this.close();
  }
}

class TcpLease implements TcpConnectionData {
  readonly #client: TcpActiveClient;

  constructor(client: TcpActiveClient) {
    this.#client = client;
  }

  get connection() {
    return this.#client.connection;
  }

  addUpstreamCallbacks(callbacks: TcpUpstreamCallbacks): void {
    this.#client.setCallbacks(this, callbacks);
  }

  release(): void {
    this.#client.giveBack(this);
  }
}

class PendingTcpStream extends PendingStream {
  readonly callbacks: TcpPoolCallbacks;

  constructor(pool: ConnPool, callbacks: TcpPoolCallbacks) {
    super(pool);
    this.callbacks = callbacks;
  }

  fail(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void {
    this.callbacks.onPoolFailure(reason, transportFailureReason, host);
  }
}

/** Plain connections to a host, each for one user at a time. */
export class TcpConnPool extends ConnPool implements TcpConnectionPool {
  protected readonly enforcesMaxRequests = false;
  readonly #context: UpstreamContext;

  constructor(options: ConnPoolOptions, context: UpstreamContext) {
    super(options);
    this.#context = context;
  }

  newConnection(callbacks: TcpPoolCallbacks): Cancellable | undefined {
    const client = this.readyClient;
    if (client !== undefined) {
      this.beginStream(client);
      this.#lend(client as TcpActiveClient, callbacks);
      this.preconnect();
      return undefined;
    }
    const pending = new PendingTcpStream(this, callbacks);
    if (this.enqueue(pending)) return pending;
    callbacks.onPoolFailure('Overflow', '', undefined);
    return undefined;
  }

  protected createClient(): ActiveClient {
    return new TcpActiveClient(this, createHostConnection(this.#context, this.host, this.cluster, this.socketOptions));
  }

  protected attach(client: ActiveClient, pending: PendingStream): void {
    this.#lend(client as TcpActiveClient, (pending as PendingTcpStream).callbacks);
  }

  #lend(client: TcpActiveClient, callbacks: TcpPoolCallbacks): void {
    callbacks.onPoolReady(client.lend(), this.host);
  }
}
