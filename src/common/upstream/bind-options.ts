/** Where upstream sockets are bound and how they are kept alive (`upstream_bind_config`, `upstream_connection_options`). */
import type {
  Cluster,
  UpstreamConnectionOptions_HappyEyeballsConfig as HappyEyeballsConfig,
} from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
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

/** In which order the addresses of a host are tried: some of one IP version, one of the other, and so on. */
export interface AddressOrder {
  /** undefined = that of the first address. */
  readonly firstVersion: 4 | 6 | undefined;
  /** How many of the first version before one of the other. */
  readonly firstCount: number;
}

export interface BindOptions {
  readonly sourceAddress: { readonly ip: string; readonly port: number } | undefined;
  readonly keepalive: TcpKeepalive | undefined;
  /** Of hosts that have several addresses. */
  readonly addressOrder: AddressOrder;
  /** Set on sockets to hosts of this IP version. */
  readonly socketOptions: Readonly<Record<4 | 6, readonly SocketOption[]>>;
}

type BoundCluster = Pick<Cluster, 'upstreamBindConfig' | 'upstreamConnectionOptions'>;

export function parseBindOptions(cluster: BoundCluster, ctx: ConfigContext): BindOptions {
  return Object.freeze({
    sourceAddress: parseSourceAddress(cluster, ctx),
    keepalive: parseKeepalive(cluster, ctx),
    addressOrder: parseAddressOrder(cluster.upstreamConnectionOptions?.happyEyeballsConfig),
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
  ctx.child('upstream_connection_options').requireSupported(options, ['tcpKeepalive', 'happyEyeballsConfig']);
  const keepalive = options.tcpKeepalive;
  if (keepalive === undefined) return undefined;
  return {
    probes: keepalive.keepaliveProbes,
    timeS: keepalive.keepaliveTime,
    intervalS: keepalive.keepaliveInterval,
  };
}

/** Of UpstreamConnectionOptions.FirstAddressFamilyVersion; DEFAULT and unknown ones say nothing. */
const versions: readonly (4 | 6 | undefined)[] = [undefined, 4, 6];

function parseAddressOrder(config: HappyEyeballsConfig | undefined): AddressOrder {
  return {
    firstVersion: versions[config?.firstAddressFamilyVersion ?? 0],
    firstCount: config?.firstAddressFamilyCount ?? 1,
  };
}
