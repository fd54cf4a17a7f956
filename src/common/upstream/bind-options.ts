/** Where upstream sockets are bound and how they are kept alive (`upstream_bind_config`, `upstream_connection_options`). */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { BindConfig } from '../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { freebindOptions, literalOptions } from '../listener/parse-socket-options.ts';
import { IpAddress } from '../network/address.ts';
import type { SocketOption } from '../network/socket-option.ts';

export interface TcpKeepalive {
  /** Seconds and counts; undefined = the system's. */
  readonly probes: number | undefined;
  readonly timeS: number | undefined;
  readonly intervalS: number | undefined;
}

export interface BindOptions {
  readonly sourceAddress: { readonly ip: string; readonly port: number } | undefined;
  readonly keepalive: TcpKeepalive | undefined;
  /** Set on sockets to hosts of this IP version. */
  readonly socketOptions: Readonly<Record<4 | 6, readonly SocketOption[]>>;
}

type BoundCluster = Pick<Cluster, 'upstreamBindConfig' | 'upstreamConnectionOptions'>;

export function parseBindOptions(cluster: BoundCluster, ctx: ConfigContext): BindOptions {
  return Object.freeze({
    sourceAddress: parseSourceAddress(cluster, ctx),
    keepalive: parseKeepalive(cluster, ctx),
    socketOptions: { 4: socketOptions(cluster, 4), 6: socketOptions(cluster, 6) },
  });
}

/** A cluster that says nothing of where its sockets are bound does as the cluster manager says. */
export function withBindDefault(cluster: Cluster, bind: BindConfig | undefined): Cluster {
  if (bind === undefined || cluster.upstreamBindConfig !== undefined) return cluster;
  // A message has the defaults of its fields from its prototype.
  return Object.assign(Object.create(Object.getPrototypeOf(cluster)), cluster, { upstreamBindConfig: bind }) as Cluster;
}

function parseSourceAddress(cluster: BoundCluster, ctx: ConfigContext): BindOptions['sourceAddress'] {
  const bind = cluster.upstreamBindConfig;
  if (bind === undefined) return undefined;
  const at = ctx.child('upstream_bind_config');
  at.requireSupported(bind, ['sourceAddress', 'freebind', 'socketOptions']);
  const source = bind.sourceAddress;
  if (source === undefined) return undefined;
  const place = at.child('source_address');
  place.requireSupported(source, ['address', 'portValue']);
  if (IpAddress.parse(source.address, 0) === undefined) {
    place.child('address').error(`malformed IP address: ${source.address}`);
  }
  return { ip: source.address, port: source.portSpecifier.case === 'portValue' ? source.portSpecifier.value : 0 };
}

/** `freebind` first, then those that are given literally. */
function socketOptions({ upstreamBindConfig: bind }: BoundCluster, version: 4 | 6): readonly SocketOption[] {
  if (bind === undefined) return [];
  return [...(bind.freebind === true ? freebindOptions(version) : []), ...literalOptions(bind.socketOptions, version)];
}

function parseKeepalive(cluster: BoundCluster, ctx: ConfigContext): TcpKeepalive | undefined {
  const options = cluster.upstreamConnectionOptions;
  if (options === undefined) return undefined;
  ctx.child('upstream_connection_options').requireSupported(options, ['tcpKeepalive']);
  const keepalive = options.tcpKeepalive;
  if (keepalive === undefined) return undefined;
  return {
    probes: keepalive.keepaliveProbes,
    timeS: keepalive.keepaliveTime,
    intervalS: keepalive.keepaliveInterval,
  };
}
