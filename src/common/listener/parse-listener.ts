import type { Message } from '@bufbuild/protobuf';
import type { TcpKeepalive } from '../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type {
  FilterChain,
  ListenerFilter,
  ListenerFilterChainMatchPredicate,
} from '../../../api/generated/envoy/config/listener/v3/listener_components_pb.d.ts';
import type { AdditionalAddress, Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type ListenerFilterExtension, resolveExtension } from '../../../sdk/extension.ts';
import type { ConnectionInfo } from '../../../sdk/network.ts';
import { parseAccessLogs } from '../access-log/access-log-config.ts';
import { parseStatsMatcher } from '../stats/stats-config.ts';
import { durationMs, metadataMap } from '../upstream/proto-values.ts';
import { FilterChainMatchTree } from './filter-chain-match.ts';
import { checkChainNames, parseFilterChainMatcher } from './filter-chain-matcher.ts';
import { parseListenAddress } from './listen-address.ts';
import type { FilterChainConfig, ListenAddress, ListenerConfig, ListenerFilterConfig } from './listener-config.ts';
import { parseFilterChain } from './parse-filter-chain.ts';
import { parseSocketOptions } from './parse-socket-options.ts';
import { parseUdpListener } from './parse-udp-listener.ts';

const mebibyte = 1024 * 1024;
const defaultListenerFiltersTimeoutMs = 15_000;
const directions = ['UNSPECIFIED', 'INBOUND', 'OUTBOUND'] as const;
const supported = [
  'name',
  'address',
  'additionalAddresses',
  'statPrefix',
  'filterChains',
  'filterChainMatcher',
  'useOriginalDst',
  'defaultFilterChain',
  'perConnectionBufferLimitBytes',
  'perConnectionBufferHighWatermarkTimeout',
  'metadata',
  'deprecatedV1',
  'drainType',
  'listenerFilters',
  'listenerFiltersTimeout',
  'continueOnListenerFiltersTimeout',
  'trafficDirection',
  'reusePort',
  'enableReusePort',
  'accessLog',
  'tcpBacklogSize',
  'maxConnectionsToAcceptPerSocketEvent',
  'bindToPort',
  'ignoreGlobalConnLimit',
  'bypassOverloadManager',
  'tcpKeepalive',
  'transparent',
  'freebind',
  'socketOptions',
  'tcpFastOpenQueueLength',
  'udpListenerConfig',
  'connectionBalanceConfig',
  'statsMatcher',
] as const;

const noFilterChains = { filterChains: [], defaultFilterChain: undefined, filterChainMatcher: undefined };

const proxyProtocolFilter = plainFilter('proxy_protocol', 'ProxyProtocol');
const originalDstFilter = plainFilter('original_dst', 'OriginalDst');

function plainFilter(label: string, message: string) {
  return {
    name: `envoy.filters.listener.${label}`,
    typedConfig: {
      typeUrl: `type.googleapis.com/envoy.extensions.filters.listener.${label}.v3.${message}`,
      value: new Uint8Array(),
    },
  };
}

/** What a listener's checks need besides the message. */
export interface ListenerParseOptions {
  /** Name to use when the message has none. */
  readonly fallbackName: string;
  /** A stable hash of a message's content. */
  readonly hash: (message: Message) => string;
}

/** Checks a listener; faults are gathered in `ctx`. Undefined when it has no usable address. */
export function parseListener(
  config: Listener,
  ctx: ConfigContext,
  options: ListenerParseOptions,
): ListenerConfig | undefined {
  ctx.requireSupported(config, supported);
  const name = config.name || options.fallbackName;
  const addresses = parseAddresses(config, name, ctx);
  const [address] = addresses;
  const udp = parseUdpListener(config, addresses, ctx);
  const chains = udp === undefined ? parseFilterChains(config, ctx, options, address) : noFilterChains;
  if (address === undefined) return undefined;
  return {
    name,
    addresses,
    socketOptions: parseSocketOptions(config, addresses),
    metadata: metadataMap(config.metadata),
    statPrefix: config.statPrefix || address.address.asString,
    acceptsStat: parseStatsMatcher(config.statsMatcher, ctx.child('stats_matcher')),
    ...socketConfig(config, address),
    exactBalance: parseExactBalance(config, ctx.child('connection_balance_config')),
    bufferLimitBytes: config.perConnectionBufferLimitBytes ?? mebibyte,
    bufferHighTimeoutMs: durationMs(config.perConnectionBufferHighWatermarkTimeout) ?? 0,
    udp,
    listenerFilters: udp === undefined ? parseListenerFilters(config, ctx) : [],
    listenerFiltersTimeoutMs: durationMs(config.listenerFiltersTimeout) ?? defaultListenerFiltersTimeoutMs,
    continueOnListenerFiltersTimeout: config.continueOnListenerFiltersTimeout,
    useOriginalDst: config.useOriginalDst === true,
    ...chains,
    accessLogs: parseAccessLogs(config.accessLog, ctx),
    trafficDirection: directions[config.trafficDirection] ?? 'UNSPECIFIED',
    drainType: config.drainType === 1 ? 'MODIFY_ONLY' : 'DEFAULT',
    ignoreGlobalConnLimit: config.ignoreGlobalConnLimit,
    bypassOverloadManager: config.bypassOverloadManager,
    keepAlive: parseKeepAlive(config.tcpKeepalive),
    hash: options.hash(config),
  };
}

function socketConfig(
  config: Listener,
  { address }: ListenAddress,
): Pick<ListenerConfig, 'bindToPort' | 'reusePort' | 'backlog'> {
  const bindToPort = (config.bindToPort ?? true) && (config.deprecatedV1?.bindToPort ?? true);
  const reusePort = address.kind === 'ip' && (config.enableReusePort ?? true);
  return { bindToPort, reusePort, backlog: config.tcpBacklogSize ?? 0 };
}

function parseExactBalance({ connectionBalanceConfig: config }: Listener, ctx: ConfigContext): boolean {
  const by = config?.balanceType;
  if (by?.case === 'extendBalance') {
    const { typedConfig } = by.value;
    const place = ctx.child('extend_balance');
    const type = typedConfig && place.child('typed_config').unpack(typedConfig)?.$typeName;
    place.error(`Didn't find a registered implementation for type: '${type ?? ''}'`);
  } else if (by?.case === 'cpuLocalityBalance') {
    const field = 'envoy.config.listener.v3.Listener.ConnectionBalanceConfig.cpu_locality_balance';
    ctx.child('cpu_locality_balance').error(`${field} is not supported yet`);
  }
  return by?.case === 'exactBalance';
}

function parseKeepAlive(config: TcpKeepalive | undefined): ListenerConfig['keepAlive'] {
  if (config === undefined) return undefined;
  const { keepaliveTime, keepaliveInterval, keepaliveProbes } = config;
  return {
    ...(keepaliveTime === undefined ? {} : { idleSeconds: keepaliveTime }),
    ...(keepaliveInterval === undefined ? {} : { intervalSeconds: keepaliveInterval }),
    ...(keepaliveProbes === undefined ? {} : { probes: keepaliveProbes }),
  };
}

function parseAddresses(config: Listener, name: string, ctx: ConfigContext): ListenAddress[] {
  if (config.address === undefined) {
    ctx.error(`error adding listener named '${name}': address is necessary`);
    return [];
  }
  const all = [{ address: config.address, ctx: ctx.child('address') }, ...additional(config.additionalAddresses, ctx)];
  const parsed = all.flatMap((entry) => parseListenAddress(entry.address, entry.ctx, true) ?? []);
  if (parsed.some(({ protocol }) => protocol !== parsed[0]?.protocol)) {
    const only = 'The listener only support same socket type for all the addresses.';
    ctx.error(`listener ${name}: has different socket type. ${only}`);
  }
  return parsed;
}

function additional(addresses: readonly AdditionalAddress[], ctx: ConfigContext) {
  return addresses.map(({ address }, i) => ({ address, ctx: ctx.child('additional_addresses', i).child('address') }));
}

function parseFilterChains(
  config: Listener,
  ctx: ConfigContext,
  { hash }: ListenerParseOptions,
  address: ListenAddress | undefined,
): Pick<ListenerConfig, 'filterChains' | 'defaultFilterChain' | 'filterChainMatcher'> {
  const { filterChains: chains, defaultFilterChain: fallback, filterChainMatcher: matcher } = config;
  const what = `error adding listener '${address?.address.asString ?? ''}':`;
  if (chains.length === 0 && fallback === undefined) ctx.error(`${what} no filter chains specified`);
  const filterChains = chains.map((chain, i) => parseFilterChain(chain, hash(chain), ctx.child('filter_chains', i)));
  if (matcher === undefined) {
    const isSame = (a: number, b: number) => hashOfMatch(chains[a], hash) === hashOfMatch(chains[b], hash);
    checkDuplicateMatches(filterChains, isSame, what, ctx);
  } else
    checkChainNames(
      chains.map(({ name }) => name),
      what,
      ctx,
    );
  const defaultFilterChain =
    fallback === undefined ? undefined : parseFilterChain(fallback, hash(fallback), ctx.child('default_filter_chain'));
  const filterChainMatcher =
    matcher === undefined ? undefined : parseFilterChainMatcher(matcher, ctx.child('filter_chain_matcher'));
  return { filterChains, defaultFilterChain, filterChainMatcher };
}

function hashOfMatch(chain: FilterChain | undefined, hash: ListenerParseOptions['hash']): string {
  return chain?.filterChainMatch === undefined ? '' : hash(chain.filterChainMatch);
}

/** @param isSame whether two chains say the same in the same words */
function checkDuplicateMatches(
  chains: readonly FilterChainConfig[],
  isSame: (a: number, b: number) => boolean,
  what: string,
  ctx: ConfigContext,
): void {
  for (const [later, earlier] of new FilterChainMatchTree(chains.map(({ match }) => match)).duplicates) {
    const [a, b] = [chains[later]?.name ?? '', chains[earlier]?.name ?? ''];
    const fault =
      later !== earlier && isSame(later, earlier)
        ? `filter chain '${a}' has the same matching rules defined as '${b}'`
        : 'multiple filter chains with overlapping matching rules are defined';
    ctx.child('filter_chains', later).error(`${what} ${fault}`);
  }
}

/**
 * `use_original_dst` and the first chain's `use_proxy_proto` stand for a listener filter behind the others, as Envoy has
 * it; that of other chains for nothing.
 */
function parseListenerFilters(config: Listener, ctx: ConfigContext): ListenerFilterConfig[] {
  const filters = config.listenerFilters.flatMap((filter, i) =>
    parseListenerFilter(filter, ctx.child('listener_filters', i)),
  );
  if (config.useOriginalDst === true) {
    filters.push(...impliedFilter(originalDstFilter, ctx.child('use_original_dst')));
  }
  if (config.filterChains[0]?.useProxyProto === true) {
    filters.push(...impliedFilter(proxyProtocolFilter, ctx.child('filter_chains', 0).child('use_proxy_proto')));
  }
  return filters;
}

function impliedFilter(filter: typeof proxyProtocolFilter, ctx: ConfigContext): ListenerFilterConfig[] {
  const found = resolveExtension<ListenerFilterExtension>(ctx, 'envoy.filters.listener', filter);
  return found === undefined ? [] : [{ ...found, isDisabled: () => false }];
}

function parseListenerFilter(filter: ListenerFilter, ctx: ConfigContext): ListenerFilterConfig[] {
  if (filter.configType.case === 'configDiscovery') {
    ctx
      .child('config_discovery')
      .error('envoy.config.listener.v3.ListenerFilter.config_discovery is not supported yet');
    return [];
  }
  const named = { name: filter.name, typedConfig: filter.configType.value };
  const found = resolveExtension<ListenerFilterExtension>(ctx, 'envoy.filters.listener', named);
  const { filterDisabled } = filter;
  const isDisabled =
    filterDisabled === undefined ? () => false : parsePredicate(filterDisabled, ctx.child('filter_disabled'));
  return found === undefined ? [] : [{ ...found, isDisabled }];
}

type Predicate = (info: ConnectionInfo) => boolean;

function parsePredicate({ rule }: ListenerFilterChainMatchPredicate, ctx: ConfigContext): Predicate {
  switch (rule.case) {
    case 'orMatch':
    case 'andMatch': {
      const place = ctx.child(rule.case === 'orMatch' ? 'or_match' : 'and_match');
      const rules = rule.value.rules.map((inner, i) => parsePredicate(inner, place.child('rules', i)));
      return rule.case === 'orMatch'
        ? (info) => rules.some((matches) => matches(info))
        : (info) => rules.every((matches) => matches(info));
    }
    case 'notMatch': {
      const inner = parsePredicate(rule.value, ctx.child('not_match'));
      return (info) => !inner(info);
    }
    case 'anyMatch':
      return () => true;
    case 'destinationPortRange': {
      const { start, end } = rule.value;
      return ({ localAddress: { kind, port } }) => kind === 'ip' && port >= start && port < end;
    }
    default:
      ctx.error('a rule is required');
      return () => false;
  }
}
