import type { UdpSocketConfig } from '../../../api/generated/envoy/config/core/v3/udp_socket_config_pb.d.ts';
import type { ListenerFilter } from '../../../api/generated/envoy/config/listener/v3/listener_components_pb.d.ts';
import type { Listener } from '../../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type Extension, resolveExtension, type UdpListenerFilterExtension } from '../../../sdk/extension.ts';
import type { Configured, ListenAddress, UdpListenerConfig } from './listener-config.ts';

const defaultMaxRxDatagramBytes = 1500;
/** No datagram is longer. */
const longestDatagramBytes = 65_535;

/** Checks what only listeners for datagrams have; undefined for others. */
export function parseUdpListener(
  config: Listener,
  addresses: readonly ListenAddress[],
  ctx: ConfigContext,
): UdpListenerConfig | undefined {
  const [first] = addresses;
  if (first?.protocol !== 'udp') return undefined;
  const chains = config.filterChains.length;
  if (chains > 0 || config.defaultFilterChain !== undefined) {
    const what = `error adding listener '${first.address.asString}':`;
    ctx.error(`${what} ${chains} filter chain(s) specified for connection-less UDP listener.`);
  }
  return {
    filters: config.listenerFilters.flatMap((filter, i) => parseFilter(filter, ctx.child('listener_filters', i))),
    maxRxDatagramBytes: parseUdpListenerConfig(config, ctx.child('udp_listener_config')),
  };
}

/** Answers the most bytes that a datagram may have. */
function parseUdpListenerConfig({ udpListenerConfig: config }: Listener, ctx: ConfigContext): number {
  if (config === undefined) return defaultMaxRxDatagramBytes;
  ctx.requireSupported(config, ['downstreamSocketConfig', 'udpPacketPacketWriterConfig']);
  if (config.udpPacketPacketWriterConfig !== undefined) {
    const { name, typedConfig } = config.udpPacketPacketWriterConfig;
    const place = ctx.child('udp_packet_packet_writer_config');
    resolveExtension<Extension<'envoy.udp_packet_writer'>>(place, 'envoy.udp_packet_writer', { name, typedConfig });
  }
  return maxRxDatagramBytes(config.downstreamSocketConfig, false);
}

/**
 * Of an envoy.config.core.v3.UdpSocketConfig. Where Envoy reads with GRO, its buffers hold the longest datagram whatever
 * the limit says. We do not need GRO for that.
 */
export function maxRxDatagramBytes(config: UdpSocketConfig | undefined, preferGroByDefault: boolean): number {
  if (config?.preferGro ?? preferGroByDefault) return longestDatagramBytes;
  return Number(config?.maxRxDatagramSize ?? defaultMaxRxDatagramBytes);
}

/** `filter_disabled` is about connections: Envoy does not ask it of datagrams. */
function parseFilter(filter: ListenerFilter, ctx: ConfigContext): Configured<UdpListenerFilterExtension>[] {
  if (filter.configType.case === 'configDiscovery') {
    const message = 'envoy.config.listener.v3.ListenerFilter.config_discovery is not supported yet';
    ctx.child('config_discovery').error(message);
    return [];
  }
  const named = { name: filter.name, typedConfig: filter.configType.value };
  const found = resolveExtension<UdpListenerFilterExtension>(ctx, 'envoy.filters.udp_listener', named);
  return found === undefined ? [] : [found];
}
