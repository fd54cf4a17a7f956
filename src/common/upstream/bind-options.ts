/** Where upstream sockets are bound and how they are kept alive (`upstream_bind_config`, `upstream_connection_options`). */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
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

export function parseBindOptions(cluster: Cluster, ctx: ConfigContext): BindOptions {
  return Object.freeze({
    sourceAddress: parseSourceAddress(cluster, ctx),
    keepalive: parseKeepalive(cluster, ctx),
    socketOptions: { 4: socketOptions(cluster, 4), 6: socketOptions(cluster, 6) },
  });
}

function parseSourceAddress(cluster: Cluster, ctx: ConfigContext): BindOptions['sourceAddress'] {
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
function socketOptions({ upstreamBindConfig: bind }: Cluster, version: 4 | 6): readonly SocketOption[] {
  if (bind === undefined) return [];
  return [...(bind.freebind === true ? freebindOptions(version) : []), ...literalOptions(bind.socketOptions, version)];
}

function parseKeepalive(cluster: Cluster, ctx: ConfigContext): TcpKeepalive | undefined {
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
