import type { UdpProxyConfig as UdpProxyProto } from '../../../../../api/generated/envoy/extensions/filters/udp/udp_proxy/v3/udp_proxy_pb.d.ts';
import { defineUdpListenerFilter } from '../../../../../sdk/extension.ts';
import { createAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import type { UdpProxy } from '../../../../worker/udp/udp-proxy-config.ts';
import { UdpProxyFilter } from '../../../../worker/udp/udp-proxy-filter.ts';
import { UdpProxyStats } from '../../../../worker/udp/udp-proxy-stats.ts';
import { parseUdpProxy, type UdpProxyConfig } from './config.ts';

/** Proxies datagrams to clusters (envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig). */
export const udpProxy = defineUdpListenerFilter<UdpProxyConfig>({
  name: 'envoy.filters.udp_listener.udp_proxy',
  configTypes: ['envoy.extensions.filters.udp.udp_proxy.v3.UdpProxyConfig'],
  parseConfig: (message, ctx) => parseUdpProxy(message as UdpProxyProto, ctx),
  createFilterFactory: ({ settings, statPrefix, accessLogs, proxyAccessLogs, createRoute }, context) => {
    const proxy: UdpProxy = {
      settings,
      stats: new UdpProxyStats(context.scope, statPrefix),
      accessLogs: createAccessLogs(accessLogs, context),
      proxyAccessLogs: createAccessLogs(proxyAccessLogs, context),
      clusterManager: context.clusterManager,
      random: context.random,
      timeSource: context.timeSource,
      sessionIds: context.sharedNumber('udp_proxy session ids'),
      route: createRoute(context),
    };
    return (callbacks) => new UdpProxyFilter(proxy, callbacks);
  },
});
