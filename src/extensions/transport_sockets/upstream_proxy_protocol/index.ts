import type { ProxyProtocolUpstreamTransport } from '../../../../api/generated/envoy/extensions/transport_sockets/proxy_protocol/v3/upstream_proxy_protocol_pb.d.ts';
import type {
  CertificatesInUse,
  TransportSocketExtension,
  TransportSocketFactoryContext,
} from '../../../../sdk/extension.ts';
import type {
  ProxyProtocolOptions,
  TransportSocketCallbacks,
  TransportSocketFactory,
} from '../../../../sdk/network.ts';
import { parseUpstreamProxyProtocol, type UpstreamProxyProtocolConfig } from './config.ts';
import { proxyHeader } from './proxy-header.ts';
import { UpstreamProxyProtocolSocket } from './socket.ts';

/** Tells upstreams of their clients by the PROXY protocol, in front of plain bytes or of TLS. */
export const upstreamProxyProtocol: TransportSocketExtension<UpstreamProxyProtocolConfig> = {
  category: 'envoy.transport_sockets.upstream',
  name: 'envoy.transport_sockets.upstream_proxy_protocol',
  configTypes: ['envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport'],
  parseConfig: (message, ctx) => parseUpstreamProxyProtocol(message as ProxyProtocolUpstreamTransport, ctx),
  createTransportSocketFactory,
  certificatesInUse: ({ inner }): CertificatesInUse | undefined => inner?.extension.certificatesInUse?.(inner.config),
};

function createTransportSocketFactory(
  { header, inner }: UpstreamProxyProtocolConfig,
  context: TransportSocketFactoryContext,
): TransportSocketFactory {
  const factory = inner?.extension.createTransportSocketFactory(inner.config, context);
  const tlvsExceedMaxLength = context.ownerScope.counter('upstream.proxyprotocol.v2_tlvs_exceed_max_length');
  const headerFor = (options: ProxyProtocolOptions | undefined) => (callbacks: TransportSocketCallbacks) =>
    proxyHeader(header, options, callbacks, tlvsExceedMaxLength);
  return {
    implementsSecureTransport: factory?.implementsSecureTransport ?? false,
    writesProxyHeader: true,
    createTransportSocket: (role, host, options) =>
      new UpstreamProxyProtocolSocket(
        factory?.createTransportSocket(role, host, options),
        headerFor(options?.proxyProtocol),
      ),
    [Symbol.dispose]: () => factory?.[Symbol.dispose]?.(),
  };
}
