import type { Address, TransportSocketOptions, UpstreamSource } from '../../../sdk/network.ts';
import { reportExtensionFault } from '../../common/extension-fault.ts';
import { sourceSocketOptions } from '../../common/network/upstream-source.ts';
import { StreamRecord } from '../../common/stream-info/stream-record.ts';
import { UpstreamRecord } from '../../common/stream-info/upstream-info.ts';
import type { TcpKeepalive } from '../../common/upstream/bind-options.ts';
import type { ConnectOptions, KeepAlive } from '../../network/engine/engine.ts';
import { UpstreamClientConnection } from '../network/client-connection.ts';
import { SocketConnectionInfo } from '../network/connection-info.ts';
import { inTurn } from '../network/happy-eyeballs.ts';
import { WatermarkTimeout } from '../network/watermark-timeout.ts';
import type { WorkerClusterInfo } from './cluster-info.ts';
import type { UpstreamHost } from './host.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** A connection to a host as its cluster wants it: limits, statistics, source address, transport socket. Not connected yet. */
export function createHostConnection(
  context: UpstreamContext,
  host: UpstreamHost,
  cluster: WorkerClusterInfo,
  socketOptions?: TransportSocketOptions,
): UpstreamClientConnection {
  const connection = createUncountedConnection(context, host, cluster, socketOptions);
  connection.setConnectionStats(cluster.connectionStats);
  connection.onFurtherAttempt = () => {
    host.stats.cxTotal++;
    cluster.trafficStats.upstreamCxTotal.inc();
  };
  return connection;
}

/** The same, of which the statistics of the cluster's traffic hear nothing. */
export function createUncountedConnection(
  context: UpstreamContext,
  host: UpstreamHost,
  cluster: WorkerClusterInfo,
  socketOptions?: TransportSocketOptions,
): UpstreamClientConnection {
  const { dispatcher } = context;
  const options = connectOptions(context, host.address, cluster, socketOptions?.source);
  const local = options.sourceAddress ?? UNBOUND;
  const info = new SocketConnectionInfo(context.connectionIds.next(), local, host.address);
  const streamInfo = new StreamRecord(dispatcher.timeSource, info);
  const upstream = new UpstreamRecord();
  upstream.host = host;
  upstream.cluster = cluster;
  upstream.connectionInfo = info;
  streamInfo.upstream = upstream;
  for (const [name, object] of socketOptions?.sharedState ?? []) streamInfo.filterState.set(name, object);
  const connectionOptions = {
    dispatcher,
    info,
    streamInfo,
    transportSocket: cluster.transportSocketFactory(host)?.createTransportSocket('client', host, socketOptions),
    bufferLimitBytes: cluster.perConnectionBufferLimitBytes,
    reportFault: (error: unknown) =>
      reportExtensionFault(context.serverContext(), cluster.scope, 'an upstream connection', error),
  };
  const { otherAddresses } = host;
  const toOther = (address: Address) => connectOptions(context, address, cluster, socketOptions?.source);
  const ordered =
    otherAddresses.length === 0
      ? undefined
      : inTurn([options, ...otherAddresses.map(toOther)], cluster.config.bind.addressOrder);
  const first = ordered?.[0] ?? options;
  const connection = new UpstreamClientConnection(context.engine, first, connectionOptions, ordered?.slice(1));
  connection.noDelay(true);
  WatermarkTimeout.watch(connection, cluster.config.bufferHighTimeoutMs);
  return connection;
}

/** The local address before the kernel has chosen one. */
const UNBOUND = Object.freeze({
  kind: 'ip',
  asString: '0.0.0.0:0',
  ip: '0.0.0.0',
  ipVersion: 4,
  port: 0,
  equals: (other: { readonly asString: string }) => other.asString === '0.0.0.0:0',
} as const);

/** @param source goes before where the cluster binds. */
function connectOptions(
  context: UpstreamContext,
  address: Address,
  cluster: WorkerClusterInfo,
  source: UpstreamSource | undefined,
): ConnectOptions {
  const { sourceAddresses, keepalive, socketOptions } = cluster.config.bind;
  const version = address.ipVersion ?? 4;
  const sourceAddress = sourceAddresses[version];
  const own = address.kind === 'ip' ? socketOptions[version] : [];
  const options = source === undefined || address.kind !== 'ip' ? own : [...own, ...sourceSocketOptions(source)];
  const bound = source?.from ?? (sourceAddress && context.makeAddress({ kind: 'ip', ...sourceAddress }));
  return {
    address,
    ...(bound !== undefined && address.kind === 'ip' && { sourceAddress: bound }),
    ...(options.length > 0 && { socketOptions: options }),
    ...(keepalive !== undefined && { keepAlive: keepAliveOf(keepalive) }),
  };
}

function keepAliveOf({ probes, timeS, intervalS }: TcpKeepalive): KeepAlive {
  return {
    ...(timeS !== undefined && { idleSeconds: timeS }),
    ...(intervalS !== undefined && { intervalSeconds: intervalS }),
    ...(probes !== undefined && { probes }),
  };
}
