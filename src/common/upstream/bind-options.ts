/** Where upstream sockets are bound and how they are kept alive (`upstream_bind_config`, `upstream_connection_options`). */
import type {
  Cluster,
  UpstreamConnectionOptions_HappyEyeballsConfig as HappyEyeballsConfig,
} from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { BindConfig, SocketAddress } from '../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type { SocketOption as SocketOptionConfig } from '../../../api/generated/envoy/config/core/v3/socket_option_pb.d.ts';
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

export interface SourceAddress {
  readonly ip: string;
  readonly port: number;
}

export interface BindOptions {
  /** For hosts of each IP version: of two addresses that of the same one, else the first. */
  readonly sourceAddresses: Readonly<Record<4 | 6, SourceAddress | undefined>>;
  readonly keepalive: TcpKeepalive | undefined;
  /** Of hosts that have several addresses. */
  readonly addressOrder: AddressOrder;
  /** Set on sockets to hosts of this IP version. */
  readonly socketOptions: Readonly<Record<4 | 6, readonly SocketOption[]>>;
}

/** Without a name: what the bootstrap says for all. */
type BoundCluster = Pick<Cluster, 'upstreamBindConfig' | 'upstreamConnectionOptions'> & { readonly name?: string };

/** An address to bind to, and the socket options that replace those for all; undefined = those for all. */
interface Source {
  readonly address: SourceAddress;
  readonly version: 4 | 6;
  readonly socketOptions: readonly SocketOptionConfig[] | undefined;
}

export function parseBindOptions(cluster: BoundCluster, ctx: ConfigContext): BindOptions {
  const sources = parseSources(cluster, ctx.child('upstream_bind_config'));
  const sourceOf = (version: 4 | 6) => sources.find((source) => source.version === version) ?? sources[0];
  return Object.freeze({
    sourceAddresses: { 4: sourceOf(4)?.address, 6: sourceOf(6)?.address },
    keepalive: parseKeepalive(cluster, ctx),
    addressOrder: parseAddressOrder(cluster.upstreamConnectionOptions?.happyEyeballsConfig),
    socketOptions: { 4: socketOptions(cluster, sourceOf(4), 4), 6: socketOptions(cluster, sourceOf(6), 6) },
  });
}

/** A cluster that says nothing of where its sockets are bound does as the cluster manager says. */
export function withBindDefault(cluster: Cluster, bind: BindConfig | undefined): Cluster {
  if (bind === undefined || cluster.upstreamBindConfig !== undefined) return cluster;
  // A message has the defaults of its fields from its prototype.
  return Object.assign(Object.create(Object.getPrototypeOf(cluster)), cluster, { upstreamBindConfig: bind }) as Cluster;
}

/** `source_address`, and at most one more of the other IP version. */
function parseSources({ name, upstreamBindConfig: bind }: BoundCluster, at: ConfigContext): readonly Source[] {
  if (bind === undefined) return [];
  at.requireSupported(bind, [
    'sourceAddress',
    'freebind',
    'socketOptions',
    'extraSourceAddresses',
    'additionalSourceAddresses',
    // There are no network namespaces here that would have to be valid.
    'validateNetworkNamespaces',
    'localAddressSelector',
  ]);
  checkSelector(bind.localAddressSelector, at.child('local_address_selector'));
  const first = bind.sourceAddress && parseSource(bind.sourceAddress, undefined, at.child('source_address'));
  const others = [
    ...bind.extraSourceAddresses.map(({ address, socketOptions: options }, i) =>
      parseSource(address, options?.socketOptions, at.child('extra_source_addresses', i).child('address')),
    ),
    ...bind.additionalSourceAddresses.map((address, i) =>
      parseSource(address, undefined, at.child('additional_source_addresses', i)),
    ),
  ];
  const owner = name === undefined ? 'Bootstrap' : `Cluster ${name}`;
  const fault = faultOfSources(bind, first, others);
  if (fault !== undefined) at.error(fault.replace('$', `${owner}'s upstream binding config`));
  return first === undefined ? [] : [first, ...others];
}

const selectorType = 'envoy.config.upstream.local_address_selector.v3.DefaultLocalAddressSelector';
const otherSelectors = 'envoy.extensions.local_address_selectors.';

/** The one that is there chooses as it is done without one. */
function checkSelector(selector: BindConfig['localAddressSelector'], ctx: ConfigContext): void {
  if (selector?.typedConfig === undefined) return;
  const message = ctx.child('typed_config').unpack(selector.typedConfig);
  if (message === undefined || message.$typeName === selectorType) return;
  if (message.$typeName.startsWith(otherSelectors)) ctx.error(`${message.$typeName} is not supported yet`);
  else {
    const type = `with type URL: '${message.$typeName}'`;
    ctx.error(`Didn't find a registered implementation for '${selector.name}' ${type}`);
  }
}

/** In Envoy's words; `$` stands for the place. */
function faultOfSources(
  { extraSourceAddresses: extra, additionalSourceAddresses: additional }: BindConfig,
  first: Source | undefined,
  [second, ...more]: readonly Source[],
): string | undefined {
  if (second === undefined) return undefined;
  if (extra.length > 0 && additional.length > 0) {
    return "Can't specify both `extra_source_addresses` and `additional_source_addresses` in the $";
  }
  const fields = 'extra_source_addresses/additional_source_addresses';
  if (first === undefined) {
    const rule = 'Extra/additional addresses cannot be specified if source_address is not set.';
    return `$ has extra/additional source addresses but no source_address. ${rule}`;
  }
  if (more.length > 0) {
    const rule = `Only one extra/additional source can be supported in BindConfig's ${fields} field`;
    return `$ has more than one extra/additional source addresses. ${rule}`;
  }
  if (first.version !== second.version) return undefined;
  const rule = `Only two different IP version source addresses can be supported in BindConfig's source_address and ${fields} fields`;
  return `$ has two same IP version source addresses. ${rule}`;
}

function parseSource(
  source: SocketAddress | undefined,
  options: readonly SocketOptionConfig[] | undefined,
  at: ConfigContext,
): Source {
  const { address = '', portSpecifier } = source ?? {};
  if (source !== undefined) at.requireSupported(source, ['address', 'portValue']);
  const ip = IpAddress.parse(address, 0);
  if (ip === undefined && source !== undefined) at.child('address').error(`malformed IP address: ${address}`);
  return {
    address: { ip: address, port: portSpecifier?.case === 'portValue' ? portSpecifier.value : 0 },
    version: ip?.ipVersion ?? 4,
    socketOptions: options,
  };
}

/** `freebind` first, then those that are given literally. */
function socketOptions(
  { upstreamBindConfig: bind }: BoundCluster,
  source: Source | undefined,
  version: 4 | 6,
): readonly SocketOption[] {
  if (bind === undefined) return [];
  const own = source?.socketOptions ?? bind.socketOptions;
  return [...(bind.freebind === true ? freebindOptions(version) : []), ...literalOptions(own, version)];
}

function parseKeepalive(cluster: BoundCluster, ctx: ConfigContext): TcpKeepalive | undefined {
  const options = cluster.upstreamConnectionOptions;
  if (options === undefined) return undefined;
  ctx.child('upstream_connection_options').requireSupported(options, [
    'tcpKeepalive',
    'happyEyeballsConfig',
    // Of the interface's name Envoy takes note as well, but nothing ever asks for it.
    'setLocalInterfaceNameOnUpstreamConnections',
  ]);
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
