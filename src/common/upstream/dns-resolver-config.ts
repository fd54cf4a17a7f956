import type {
  Address as AddressProto,
  SocketAddress,
} from '../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type {
  DnsResolutionConfig,
  DnsResolverOptions,
} from '../../../api/generated/envoy/config/core/v3/resolver_pb.d.ts';
import type { CaresDnsResolverConfig } from '../../../api/generated/envoy/extensions/network/dns_resolver/cares/v3/cares_dns_resolver_pb.d.ts';
import type { GetAddrInfoDnsResolverConfig } from '../../../api/generated/envoy/extensions/network/dns_resolver/getaddrinfo/v3/getaddrinfo_dns_resolver_pb.d.ts';
import type { ConfigContext, PackedConfig } from '../../../sdk/config.ts';
import { IpAddress } from '../network/address.ts';
import { durationMs } from './proto-values.ts';

/** How names are resolved: by c-ares, or by the system's `getaddrinfo`. */
export type DnsResolverConfig = CaresResolverConfig | GetAddrInfoResolverConfig;

export interface GetAddrInfoResolverConfig {
  readonly kind: 'getaddrinfo';
  /** After an answer that is to be asked for again; undefined = as often as it comes. */
  readonly retries: number | undefined;
  /** Questions at a time; default 1. */
  readonly threads: number;
}

/** Which servers are asked for names, and how; what is absent is c-ares's or the system's. */
export interface CaresResolverConfig {
  readonly kind: 'cares';
  /** Asked instead of the system's servers; port 0 = 53. */
  readonly servers: readonly IpAddress[];
  /** Only when the system names none. */
  readonly useServersAsFallback: boolean;
  readonly noDefaultSearchDomain: boolean;
  /** IP versions for which no interface but the loopback has an address are not asked for. */
  readonly filterUnroutableFamilies: boolean;
  /** For the first try of a server. */
  readonly queryTimeoutMs?: number;
  readonly queryTries?: number;
  /** Fresh sockets after a query that timed out. */
  readonly reinitOnTimeout: boolean;
  /** Any server may be the first to be asked. */
  readonly rotateServers: boolean;
  /** So many queries leave by the same socket; undefined = all. */
  readonly udpMaxQueries?: number;
  /** Fresh sockets so often. */
  readonly maxChannelMs?: number;
}

/** The fields by which the bootstrap and clusters name a resolver, old ones too. */
export interface DnsResolverFields {
  readonly typedDnsResolverConfig?:
    | { readonly name: string; readonly typedConfig?: PackedConfig | undefined }
    | undefined;
  readonly dnsResolutionConfig?: DnsResolutionConfig | undefined;
  readonly dnsResolvers?: readonly AddressProto[];
  readonly useTcpForDnsLookups: boolean;
}

const resolverTypes = 'envoy.extensions.network.dns_resolver.';
const caresType = 'envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig';
const getAddrInfoType = 'envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig';
const supportedCares = [
  'resolvers',
  'useResolversAsFallback',
  'filterUnroutableFamilies',
  'dnsResolverOptions',
  'queryTimeoutSeconds',
  'queryTries',
  'reinitChannelOnTimeout',
  'rotateNameservers',
  'udpMaxQueries',
  'maxUdpChannelDuration',
] as const;

/** Checks the newest of the fields that is set, as Envoy does; undefined: none is. */
export function parseDnsResolver(fields: DnsResolverFields, ctx: ConfigContext): DnsResolverConfig | undefined {
  const { typedDnsResolverConfig: typed, dnsResolutionConfig, dnsResolvers = [], useTcpForDnsLookups } = fields;
  if (typed !== undefined) return parseTyped(typed, ctx.child('typed_dns_resolver_config'));
  if (dnsResolutionConfig !== undefined)
    return parseResolutionConfig(dnsResolutionConfig, ctx.child('dns_resolution_config'));
  if (useTcpForDnsLookups) refuseTcp(ctx);
  if (dnsResolvers.length === 0) return undefined;
  return { ...parseOptions(undefined, ctx), servers: parseServers(dnsResolvers, ctx, 'dns_resolvers') };
}

/** The runtime's c-ares asks over UDP first whatever it is told. */
function refuseTcp(ctx: ConfigContext): void {
  ctx.child('use_tcp_for_dns_lookups').error('use_tcp_for_dns_lookups is not supported yet');
}

function parseOptions(
  options: DnsResolverOptions | undefined,
  ctx: ConfigContext,
): Omit<CaresResolverConfig, 'servers'> {
  if (options?.useTcpForDnsLookups === true) refuseTcp(ctx.child('dns_resolver_options'));
  return {
    kind: 'cares',
    useServersAsFallback: false,
    noDefaultSearchDomain: options?.noDefaultSearchDomain ?? false,
    filterUnroutableFamilies: false,
    reinitOnTimeout: false,
    rotateServers: false,
  };
}

function parseResolutionConfig(config: DnsResolutionConfig, ctx: ConfigContext): CaresResolverConfig {
  return { ...parseOptions(config.dnsResolverOptions, ctx), servers: parseServers(config.resolvers, ctx, 'resolvers') };
}

function parseTyped(
  { name, typedConfig }: NonNullable<DnsResolverFields['typedDnsResolverConfig']>,
  ctx: ConfigContext,
): DnsResolverConfig | undefined {
  const place = ctx.child('typed_config');
  const message = typedConfig === undefined ? undefined : place.unpack(typedConfig);
  if (typedConfig !== undefined && message === undefined) return undefined;
  const type = message?.$typeName ?? '';
  if (type === caresType) return parseCares(message as CaresDnsResolverConfig, place);
  if (type === getAddrInfoType) return getAddrInfo(message as GetAddrInfoDnsResolverConfig);
  if (type.startsWith(resolverTypes)) {
    ctx.error(`DNS resolver ${type} is not supported yet`);
    return undefined;
  }
  ctx.error(`Didn't find a registered implementation for '${name}' with type URL: '${type}'`, {
    expected: `typed_config of type.googleapis.com/${caresType}`,
  });
  return undefined;
}

function getAddrInfo({ numRetries, numResolverThreads }: GetAddrInfoDnsResolverConfig): GetAddrInfoResolverConfig {
  return { kind: 'getaddrinfo', retries: numRetries, threads: numResolverThreads ?? 1 };
}

function parseCares(config: CaresDnsResolverConfig, ctx: ConfigContext): CaresResolverConfig {
  ctx.requireSupported(config, supportedCares);
  const { queryTimeoutSeconds: seconds, queryTries: tries, udpMaxQueries } = config;
  const maxChannelMs = durationMs(config.maxUdpChannelDuration);
  return {
    ...parseOptions(config.dnsResolverOptions, ctx),
    servers: parseServers(config.resolvers, ctx, 'resolvers'),
    useServersAsFallback: config.useResolversAsFallback,
    filterUnroutableFamilies: config.filterUnroutableFamilies,
    ...(seconds === undefined ? {} : { queryTimeoutMs: Number(seconds) * 1000 }),
    ...(tries === undefined ? {} : { queryTries: tries }),
    reinitOnTimeout: config.reinitChannelOnTimeout,
    rotateServers: config.rotateNameservers,
    ...(udpMaxQueries === undefined || udpMaxQueries === 0 ? {} : { udpMaxQueries }),
    ...(maxChannelMs === undefined ? {} : { maxChannelMs }),
  };
}

function parseServers(addresses: readonly AddressProto[], ctx: ConfigContext, field: string): IpAddress[] {
  return addresses.flatMap(({ address }, i) => {
    const place = ctx.child(field, i);
    if (address.case === 'socketAddress') return parseServer(address.value, place.child('socket_address'));
    place.error('a name server has an IP address', { expected: 'socket_address' });
    return [];
  });
}

function parseServer({ address, portSpecifier }: SocketAddress, ctx: ConfigContext): IpAddress[] {
  const port = portSpecifier.case === 'portValue' ? portSpecifier.value : 0;
  const server = IpAddress.parse(address, port);
  if (server === undefined) ctx.child('address').error(`malformed IP address: ${address}`);
  return server === undefined ? [] : [server];
}
