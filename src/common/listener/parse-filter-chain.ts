import type { CidrRange } from '../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type {
  Filter,
  FilterChain,
  FilterChainMatch,
} from '../../../api/generated/envoy/config/listener/v3/listener_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import {
  type NetworkFilterExtension,
  resolveExtension,
  type TransportSocketExtension,
} from '../../../sdk/extension.ts';
import { CidrRange as Cidr } from '../network/cidr.ts';
import { durationMs, metadataMap } from '../upstream/proto-values.ts';
import type { Configured, FilterChainConfig, FilterChainMatchConfig, SourceType } from './listener-config.ts';

const sourceTypes: readonly SourceType[] = ['ANY', 'SAME_IP_OR_LOOPBACK', 'EXTERNAL'];

/** Checks a filter chain. `hash` tells its content apart (see contentHash). */
export function parseFilterChain(config: FilterChain, hash: string, ctx: ConfigContext): FilterChainConfig {
  ctx.requireSupported(config, [
    'name',
    'filterChainMatch',
    'useProxyProto',
    'filters',
    'metadata',
    'transportSocket',
    'transportSocketConnectTimeout',
  ]);
  return {
    name: config.name,
    match: parseMatch(config.filterChainMatch, config.name, ctx.child('filter_chain_match')),
    filters: parseNetworkFilters(config.filters, ctx),
    transportSocket: parseTransportSocket(config, ctx),
    metadata: metadataMap(config.metadata),
    transportSocketConnectTimeoutMs: durationMs(config.transportSocketConnectTimeout) ?? 0,
    hash,
  };
}

function parseTransportSocket(config: FilterChain, ctx: ConfigContext): FilterChainConfig['transportSocket'] {
  const { transportSocket } = config;
  if (transportSocket === undefined) return undefined;
  const typedConfig = transportSocket.configType.case === 'typedConfig' ? transportSocket.configType.value : undefined;
  const place = ctx.child('transport_socket');
  return resolveExtension<TransportSocketExtension>(place, 'envoy.transport_sockets.downstream', {
    name: transportSocket.name,
    typedConfig,
  });
}

function parseNetworkFilters(filters: readonly Filter[], ctx: ConfigContext): Configured<NetworkFilterExtension>[] {
  const configured: Configured<NetworkFilterExtension>[] = [];
  for (const [i, filter] of filters.entries()) {
    const place = ctx.child('filters', i);
    if (filter.configType.case === 'configDiscovery') {
      place.child('config_discovery').error('envoy.config.listener.v3.Filter.config_discovery is not supported yet');
      continue;
    }
    const typedConfig = filter.configType.value;
    const found = resolveExtension<NetworkFilterExtension>(place, 'envoy.filters.network', {
      name: filter.name,
      typedConfig,
    });
    if (found === undefined) continue;
    checkTerminal(found, i === filters.length - 1, place);
    configured.push(found);
  }
  return configured;
}

/** Envoy's words (Configuration::Utility validateTerminalFilters). */
function checkTerminal(filter: Configured<NetworkFilterExtension>, isLast: boolean, ctx: ConfigContext): void {
  const isTerminal = filter.extension.isTerminal(filter.config);
  const what = `named ${filter.name} of type ${filter.extension.name}`;
  if (isTerminal && !isLast)
    ctx.error(`Error: terminal filter ${what} must be the last filter in a network filter chain.`);
  if (!isTerminal && isLast)
    ctx.error(`Error: non-terminal filter ${what} is the last filter in a network filter chain.`);
}

function parseMatch(config: FilterChainMatch | undefined, chain: string, ctx: ConfigContext): FilterChainMatchConfig {
  if (config !== undefined && (config.addressSuffix !== '' || config.suffixLen !== undefined)) {
    ctx.error(`filter chain '${chain}' contains unimplemented fields`);
  }
  return {
    destinationPort: config?.destinationPort,
    prefixRanges: parseRanges(config?.prefixRanges, ctx, 'prefix_ranges'),
    serverNames: parseServerNames(config?.serverNames, ctx),
    transportProtocol: config?.transportProtocol ?? '',
    applicationProtocols: config?.applicationProtocols ?? [],
    directSourcePrefixRanges: parseRanges(config?.directSourcePrefixRanges, ctx, 'direct_source_prefix_ranges'),
    sourceType: sourceTypes[config?.sourceType ?? 0] ?? 'ANY',
    sourcePrefixRanges: parseRanges(config?.sourcePrefixRanges, ctx, 'source_prefix_ranges'),
    sourcePorts: config?.sourcePorts ?? [],
  };
}

function parseServerNames(names: readonly string[] = [], ctx: ConfigContext): string[] {
  return names.map((name, i) => {
    if (name.includes('*') && !name.startsWith('*.')) {
      ctx.child('server_names', i).error('partial wildcards are not supported in "server_names"');
    }
    return name.toLowerCase();
  });
}

/** Ranges as `address/length`, no bits behind the length: the same range is the same text. */
function parseRanges(ranges: readonly CidrRange[] = [], ctx: ConfigContext, field: string): string[] {
  return ranges.flatMap(({ addressPrefix, prefixLen }, i) => {
    const range = Cidr.of(addressPrefix, prefixLen ?? 0);
    if (range === undefined) {
      ctx.child(field, i).child('address_prefix').error(`malformed IP address: ${addressPrefix}`);
      return [];
    }
    return [range.asString];
  });
}
