/** Where upstream sockets are bound and how they are kept alive (`upstream_bind_config`, `upstream_connection_options`). */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { IpAddress } from '../network/address.ts';

export interface TcpKeepalive {
  /** Seconds and counts; undefined = the system's. */
  readonly probes: number | undefined;
  readonly timeS: number | undefined;
  readonly intervalS: number | undefined;
}

export interface BindOptions {
  readonly sourceAddress: { readonly ip: string; readonly port: number } | undefined;
  readonly keepalive: TcpKeepalive | undefined;
}

export function parseBindOptions(cluster: Cluster, ctx: ConfigContext): BindOptions {
  return Object.freeze({ sourceAddress: parseSourceAddress(cluster, ctx), keepalive: parseKeepalive(cluster, ctx) });
}

function parseSourceAddress(cluster: Cluster, ctx: ConfigContext): BindOptions['sourceAddress'] {
  const bind = cluster.upstreamBindConfig;
  if (bind === undefined) return undefined;
  const at = ctx.child('upstream_bind_config');
  at.requireSupported(bind, ['sourceAddress']);
  const source = bind.sourceAddress;
  if (source === undefined) return undefined;
  const place = at.child('source_address');
  place.requireSupported(source, ['address', 'portValue']);
  if (IpAddress.parse(source.address, 0) === undefined) {
    place.child('address').error(`malformed IP address: ${source.address}`);
  }
  return { ip: source.address, port: source.portSpecifier.case === 'portValue' ? source.portSpecifier.value : 0 };
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
