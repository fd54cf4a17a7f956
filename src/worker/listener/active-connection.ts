import type { AccessLog } from '../../../sdk/extension.ts';
import type { ConnectionCallbacks, ConnectionEvent } from '../../../sdk/network.ts';
import { noLogContext } from '../../common/access-log/log-context.ts';
import type { ListNode } from '../../common/linked-list.ts';
import type { ServerConnection } from '../network/server-connection.ts';
import type { FilterChain } from './filter-chain.ts';
import type { ListenerStats } from './listener-stats.ts';

/** What an accepted connection belongs to. */
export interface ConnectionOwner {
  readonly stats: ListenerStats;
  readonly accessLogs: readonly AccessLog[];
  removeConnection(connection: ActiveConnection): void;
}

/** An accepted connection with its filter chain, from the first byte to its log line (Envoy's ActiveTcpConnection). */
export class ActiveConnection implements ConnectionCallbacks, ListNode<ActiveConnection> {
  previous: ActiveConnection | undefined = undefined;
  next: ActiveConnection | undefined = undefined;
  readonly chain: FilterChain;
  readonly connection: ServerConnection;
  readonly #owner: ConnectionOwner;

  constructor(owner: ConnectionOwner, connection: ServerConnection, chain: FilterChain) {
    this.#owner = owner;
    this.chain = chain;
    this.connection = connection;
    const { stats } = owner;
    stats.cxTotal.inc();
    stats.cxActive.inc();
    stats.perWorkerCxTotal.inc();
    stats.perWorkerCxActive.inc();
    connection.addConnectionCallbacks(this);
  }

  onEvent(event: ConnectionEvent): void {
    if (event === 'Connected') return;
    const { stats, accessLogs } = this.#owner;
    const { streamInfo, dispatcher } = this.connection;
    const nowMs = dispatcher.approximateMonotonicTimeMs();
    streamInfo.requestCompleteMs ??= nowMs;
    // A listener filter may have found one before.
    const { transportFailureReason } = this.connection;
    if (transportFailureReason !== '') streamInfo.downstreamTransportFailureReason = transportFailureReason;
    stats.cxActive.dec();
    stats.cxDestroy.inc();
    stats.perWorkerCxActive.dec();
    stats.cxLengthMs.recordValue(Math.floor(nowMs - streamInfo.startTimeMonotonicMs));
    for (const log of accessLogs) log.log(noLogContext, streamInfo);
    this.#owner.removeConnection(this);
  }

  onAboveWriteBufferHighWatermark(): void {}

  onBelowWriteBufferLowWatermark(): void {}
}
