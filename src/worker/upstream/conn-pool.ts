/**
 * Connections of one worker to one host at one priority, and the streams that wait for one (Envoy's ConnPoolImplBase).
 * HTTP and TCP pools stand on it.
 */
import type { Dispatcher, SchedulableCallback } from '../../../sdk/event.ts';
import type { ConnectionEvent, TransportSocketOptions } from '../../../sdk/network.ts';
import type {
  Cancellable,
  ClusterTrafficStats,
  Host,
  PoolFailureReason,
  ResourceManager,
} from '../../../sdk/upstream.ts';
import { LinkedList, type ListNode } from '../../common/linked-list.ts';
import type { ActiveClient, ClientState } from './active-client.ts';
import type { WorkerClusterInfo } from './cluster-info.ts';
import type { UpstreamHost } from './host.ts';

/** No more connections than this are opened ahead at a time. */
const MAX_CONNECTIONS_AT_ONCE = 3;

export interface ConnPoolOptions {
  readonly dispatcher: Dispatcher;
  readonly host: UpstreamHost;
  readonly cluster: WorkerClusterInfo;
  readonly resources: ResourceManager;
  /** Of the transport sockets of all its connections. */
  readonly socketOptions: TransportSocketOptions | undefined;
  /** The downstream connection that has the pool for itself; absent = it is for all. */
  readonly owner?: number | undefined;
  /** The pool has no connection and no waiting stream any more. */
  readonly onIdle: (pool: ConnPool) => void;
}

/** A stream that waits for a connection. */
export abstract class PendingStream implements Cancellable, ListNode<PendingStream> {
  previous: PendingStream | undefined = undefined;
  next: PendingStream | undefined = undefined;
  readonly #pool: ConnPool;

  constructor(pool: ConnPool) {
    this.#pool = pool;
  }

  cancel(policy: 'default' | 'closeExcess' = 'default'): void {
    this.#pool.cancelPending(this, policy);
  }

  abstract fail(reason: PoolFailureReason, transportFailureReason: string, host: Host | undefined): void;
}

export abstract class ConnPool {
  readonly dispatcher: Dispatcher;
  readonly host: UpstreamHost;
  readonly cluster: WorkerClusterInfo;
  readonly stats: ClusterTrafficStats;
  readonly resources: ResourceManager;
  readonly socketOptions: TransportSocketOptions | undefined;
  readonly #ready = new LinkedList<ActiveClient>();
  readonly #busy = new LinkedList<ActiveClient>();
  readonly #connecting = new LinkedList<ActiveClient>();
  readonly #pending = new LinkedList<PendingStream>();
  readonly #onIdle: (pool: ConnPool) => void;
  #connectingCapacity = 0;
  #activeStreams = 0;
  #draining = false;
  #upstreamReady: SchedulableCallback | undefined = undefined;

  constructor(options: ConnPoolOptions) {
    this.dispatcher = options.dispatcher;
    this.host = options.host;
    this.cluster = options.cluster;
    this.stats = options.cluster.trafficStats;
    this.resources = options.resources;
    this.socketOptions = options.socketOptions;
    this.#onIdle = options.onIdle;
  }

  /** Whether the circuit breaker for requests holds streams up; they count towards it either way. */
  protected abstract readonly enforcesMaxRequests: boolean;
  protected abstract createClient(): ActiveClient;
  protected abstract attach(client: ActiveClient, pending: PendingStream): void;

  get hasActiveConnections(): boolean {
    return this.#pending.size > 0 || this.#activeStreams > 0;
  }

  get pendingStreams(): number {
    return this.#pending.size;
  }

  get connections(): number {
    return this.#ready.size + this.#busy.size + this.#connecting.size;
  }

  // Streams.

  /** A client that takes a stream right now; the caller attaches it with `beginStream`. */
  protected get readyClient(): ActiveClient | undefined {
    return this.#ready.first;
  }

  /** Books a stream on a ready client; false when the circuit breaker for requests is open. */
  protected beginStream(client: ActiveClient): boolean {
    const { requests } = this.resources;
    if (this.enforcesMaxRequests && !requests.canCreate()) {
      this.stats.upstreamRqActiveOverflow.inc();
      return false;
    }
    client.noteStream();
    if (client.remainingStreams === 0) {
      this.stats.upstreamCxMaxRequests.inc();
      this.#transition(client, 'Draining');
    } else if (client.activeStreams + 1 >= client.concurrentStreamLimit) {
      this.#transition(client, 'Busy');
    }
    this.#activeStreams++;
    const hostStats = this.host.stats;
    hostStats.rqTotal++;
    hostStats.rqActive++;
    this.stats.upstreamRqTotal.inc();
    this.stats.upstreamRqActive.inc();
    requests.inc();
    return true;
  }

  /** Opens connections ahead, when the cluster wants that. */
  protected preconnect(): void {
    if (this.cluster.config.perUpstreamPreconnectRatio > 1) this.#tryCreateConnections();
  }

  /** Puts a stream in the queue; false when the circuit breaker for pending requests is open. */
  protected enqueue(pending: PendingStream): boolean {
    const { pendingRequests } = this.resources;
    if (!pendingRequests.canCreate()) {
      this.stats.upstreamRqPendingOverflow.inc();
      return false;
    }
    this.#pending.addLast(pending);
    pendingRequests.inc();
    this.host.stats.rqPendingActive++;
    this.stats.upstreamRqPendingTotal.inc();
    this.stats.upstreamRqPendingActive.inc();
    this.#tryCreateConnections();
    return true;
  }

  cancelPending(pending: PendingStream, policy: 'default' | 'closeExcess'): void {
    this.#removePending(pending);
    this.stats.upstreamRqCancelled.inc();
    const excess = this.#connecting.first;
    if (policy === 'closeExcess' && excess !== undefined && this.#isExcess(excess)) excess.close();
    this.#checkIdle();
  }

  /** A stream of `client` has ended. */
  onStreamClosed(client: ActiveClient): void {
    this.#activeStreams--;
    this.host.stats.rqActive--;
    this.stats.upstreamRqActive.dec();
    this.resources.requests.dec();
    if (client.state === 'Draining' && client.activeStreams === 0) {
      client.close();
    } else if (client.state === 'Busy') {
      this.#transition(client, 'Ready');
      if (this.#draining && client.activeStreams === 0) client.close();
      else if (this.#pending.size > 0) this.#scheduleUpstreamReady();
    }
  }

  #removePending(pending: PendingStream): void {
    this.#pending.remove(pending);
    this.resources.pendingRequests.dec();
    this.host.stats.rqPendingActive--;
    this.stats.upstreamRqPendingActive.dec();
  }

  /** Later in this iteration: the client that became free may still be in the middle of something. */
  #scheduleUpstreamReady(): void {
    this.#upstreamReady ??= this.dispatcher.createSchedulableCallback(() => this.#onUpstreamReady());
    this.#upstreamReady.scheduleCallbackCurrentIteration();
  }

  #onUpstreamReady(): void {
    for (let pending = this.#pending.first; pending !== undefined; pending = this.#pending.first) {
      const client = this.#ready.first;
      // As Envoy does: whoever still waits may have a connection of his own, or counts once more against their limit.
      if (client === undefined) return this.#tryCreateConnections();
      this.#removePending(pending);
      if (this.beginStream(client)) this.attach(client, pending);
      else pending.fail('Overflow', '', this.host);
    }
  }

  // Connections.

  #tryCreateConnections(): void {
    for (let i = 0; i < MAX_CONNECTIONS_AT_ONCE; i++) {
      if (!this.#shouldCreateConnection() || !this.#tryCreateConnection()) return;
    }
  }

  #shouldCreateConnection(): boolean {
    const ratio = this.host.health() === 'Healthy' ? this.cluster.config.perUpstreamPreconnectRatio : 1;
    if (ratio === 1) return this.#pending.size > this.#connectingCapacity;
    return (this.#pending.size + this.#activeStreams) * ratio > this.#connectingCapacity + this.#capacity();
  }

  /** Streams that the standing connections carry or could carry. */
  #capacity(): number {
    let capacity = this.#activeStreams;
    for (let client = this.#ready.first; client !== undefined; client = client.next) {
      capacity += client.currentUnusedCapacity;
    }
    return capacity;
  }

  /** False when the circuit breaker for connections is open; one connection a pool is allowed even then. */
  #tryCreateConnection(): boolean {
    const { connections, maxConnectionsPerHost } = this.resources;
    const allowed = this.host.stats.cxActive < maxConnectionsPerHost && connections.canCreate();
    if (!allowed) this.stats.upstreamCxOverflow.inc();
    if (!allowed && this.connections > 0) return false;
    const client = this.createClient();
    this.#connectingCapacity += client.effectiveConcurrentStreamLimit;
    this.#connecting.addLast(client);
    this.host.stats.cxTotal++;
    this.host.stats.cxActive++;
    this.stats.upstreamCxTotal.inc();
    this.stats.upstreamCxActive.inc();
    connections.inc();
    client.connection.connect();
    return allowed;
  }

  onConnectionEvent(client: ActiveClient, event: ConnectionEvent): void {
    if (client.state === 'Closed') return;
    if (event === 'Connected') this.#onConnected(client);
    else this.#onClosed(client, event);
  }

  #onConnected(client: ActiveClient): void {
    this.#connectingCapacity -= client.effectiveConcurrentStreamLimit;
    this.stats.upstreamCxConnectMs.recordValue(Math.floor(client.ageMs));
    this.#transition(client, 'Ready');
    this.#onUpstreamReady();
    if (this.#draining && client.state === 'Ready' && client.activeStreams === 0) client.close();
  }

  #onClosed(client: ActiveClient, event: 'RemoteClose' | 'LocalClose'): void {
    const wasConnecting = client.state === 'Connecting';
    if (wasConnecting) this.#connectingCapacity -= client.effectiveConcurrentStreamLimit;
    const incomplete = client.closingWithIncompleteStream;
    this.#reportDestroy(event, incomplete);
    this.#listOf(client.state).remove(client);
    client.state = 'Closed';
    this.#releaseResources(client);
    if (wasConnecting) this.#onConnectFailed(client, event);
    if (this.#pending.size > 0) this.#tryCreateConnections();
    this.#checkIdle();
  }

  #reportDestroy(event: 'RemoteClose' | 'LocalClose', incomplete: boolean): void {
    const { stats } = this;
    const remote = event === 'RemoteClose';
    stats.upstreamCxDestroy.inc();
    (remote ? stats.upstreamCxDestroyRemote : stats.upstreamCxDestroyLocal).inc();
    if (!incomplete) return;
    stats.upstreamCxDestroyWithActiveRq.inc();
    (remote ? stats.upstreamCxDestroyRemoteWithActiveRq : stats.upstreamCxDestroyLocalWithActiveRq).inc();
  }

  #releaseResources(client: ActiveClient): void {
    this.stats.upstreamCxLengthMs.recordValue(Math.floor(client.ageMs));
    this.host.stats.cxActive--;
    this.stats.upstreamCxActive.dec();
    this.resources.connections.dec();
  }

  /** Whoever waits is told at once, since it can go elsewhere. */
  #onConnectFailed(client: ActiveClient, event: 'RemoteClose' | 'LocalClose'): void {
    this.stats.upstreamCxConnectFail.inc();
    this.host.stats.cxConnectFail++;
    const remote = event === 'RemoteClose' ? 'RemoteConnectionFailure' : 'LocalConnectionFailure';
    const reason: PoolFailureReason = client.timedOut ? 'Timeout' : remote;
    const details = client.connection.transportFailureReason;
    // Copied, since a retry may come back here at once and must not fail with the rest.
    for (const pending of this.#pending.toArray()) {
      this.#removePending(pending);
      this.stats.upstreamRqPendingFailureEject.inc();
      pending.fail(reason, details, this.host);
    }
  }

  #isExcess(client: ActiveClient): boolean {
    return this.#connectingCapacity - client.effectiveConcurrentStreamLimit >= this.#pending.size;
  }

  #listOf(state: ClientState): LinkedList<ActiveClient> {
    if (state === 'Connecting') return this.#connecting;
    return state === 'Ready' ? this.#ready : this.#busy;
  }

  #transition(client: ActiveClient, state: ClientState): void {
    const from = this.#listOf(client.state);
    const to = this.#listOf(state);
    client.state = state;
    if (from === to) return;
    from.remove(client);
    to.addFirst(client);
  }

  // Draining.

  /** The client takes no more streams; it closes with its last one, at once when it has none. */
  drainClient(client: ActiveClient): void {
    if (client.state === 'Closed') return;
    if (client.activeStreams === 0) client.close();
    else this.#transition(client, 'Draining');
  }

  /** Closes what is idle; the rest takes no new stream and closes when it is done. Waiting streams are still served. */
  drainConnections(): void {
    for (const client of [...this.#ready.toArray(), ...this.#busy.toArray()]) this.drainClient(client);
    if (this.#pending.size === 0) for (const client of this.#connecting.toArray()) client.close();
  }

  /** As drainConnections, for good: the host is gone. */
  drainAndDelete(): void {
    this.#draining = true;
    this.drainConnections();
    this.#checkIdle();
  }

  /** Closes all connections now, with their streams. */
  closeConnections(): void {
    const all = [...this.#ready.toArray(), ...this.#busy.toArray(), ...this.#connecting.toArray()];
    for (const client of all) client.close();
  }

  #checkIdle(): void {
    if (this.#draining && this.#pending.size === 0) {
      for (const client of this.#connecting.toArray()) client.close();
    }
    if (this.connections > 0 || this.#pending.size > 0) return;
    this.#onIdle(this);
  }
}
