import type { ProxyProtocol as ProxyProtocolProto } from '../../../../../api/generated/envoy/extensions/filters/listener/proxy_protocol/v3/proxy_protocol_pb.d.ts';
import { defineListenerFilter } from '../../../../../sdk/extension.ts';
import { filterName, type ProxyProtocolConfig, parseProxyProtocol } from './config.ts';
import { ProxyProtocolFilter } from './filter.ts';
import { ProxyProtocolStats } from './stats.ts';

/** The client's address from the PROXY protocol (envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol). */
export const proxyProtocol = defineListenerFilter<ProxyProtocolConfig>({
  name: filterName,
  configTypes: ['envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol'],
  parseConfig: (message, ctx) => parseProxyProtocol(message as ProxyProtocolProto, ctx),
  createFilterFactory: (config, context) => {
    const stats = new ProxyProtocolStats(context.scope, config.statPrefix);
    return () => new ProxyProtocolFilter(config, stats);
  },
});
