import type { TcpProxy as TcpProxyProto } from '../../../../../api/generated/envoy/extensions/filters/network/tcp_proxy/v3/tcp_proxy_pb.d.ts';
import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import { createAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import { createRouterStats } from '../../../../worker/router/router-config.ts';
import type { TcpProxy } from '../../../../worker/tcp/tcp-proxy-config.ts';
import { TcpProxyFilter } from '../../../../worker/tcp/tcp-proxy-filter.ts';
import { TcpProxyStats } from '../../../../worker/tcp/tcp-proxy-stats.ts';
import { parseTcpProxy, type TcpProxyConfig } from './config.ts';

/** Proxies connections to clusters (envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy). */
export const tcpProxy = defineNetworkFilter<TcpProxyConfig>({
  name: 'envoy.filters.network.tcp_proxy',
  configTypes: ['envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy'],
  parseConfig: (message, ctx) => parseTcpProxy(message as TcpProxyProto, ctx),
  createFilterFactory: ({ settings, statPrefix, accessLogs }, context) => {
    // Of tunnels, whose requests no router makes here: they stay 0, as they mostly do in Envoy.
    if (settings.tunneling !== undefined) createRouterStats(context.scope, `tcp.${statPrefix}.tcpproxy_tunneling.`);
    const { requestIds } = settings.tunneling ?? {};
    const proxy: TcpProxy = {
      settings,
      stats: new TcpProxyStats(context.scope, statPrefix),
      accessLogs: createAccessLogs(accessLogs, context),
      clusterManager: context.clusterManager,
      random: context.random,
      clock: context.dispatcher,
      requestIds: requestIds?.extension.createRequestIdGenerator(requestIds.config, context),
    };
    return () => new TcpProxyFilter(proxy);
  },
  isTerminal: () => true,
});
