import type {
  DownstreamTlsContext,
  UpstreamTlsContext,
} from '../../../../api/generated/envoy/extensions/transport_sockets/tls/v3/tls_pb.d.ts';
import type { CertificatesInUse, TransportSocketExtension } from '../../../../sdk/extension.ts';
import type { ClientTlsOptions, ServerTlsOptions, TlsOptions } from '../../../network/tls/tls-options.ts';
import { createFactory } from './discovering-factory.ts';
import { createDownstreamFactory, parseDownstream } from './downstream.ts';
import { createUpstreamFactory, parseUpstream } from './upstream.ts';
import type { TriedOptions } from './world.ts';

const name = 'envoy.transport_sockets.tls';
const types = 'envoy.extensions.transport_sockets.tls.v3';

/** TLS to upstreams. */
export const tls: TransportSocketExtension<TriedOptions<ClientTlsOptions>> = {
  category: 'envoy.transport_sockets.upstream',
  name,
  configTypes: [`${types}.UpstreamTlsContext`],
  parseConfig: (message, ctx) => parseUpstream(message as UpstreamTlsContext, ctx),
  createTransportSocketFactory: (config, context) => createFactory(config, context, 'client', createUpstreamFactory),
  certificatesInUse,
};

/** TLS for listeners. */
export const tlsDownstream: TransportSocketExtension<TriedOptions<ServerTlsOptions>> = {
  category: 'envoy.transport_sockets.downstream',
  name,
  configTypes: [`${types}.DownstreamTlsContext`],
  parseConfig: (message, ctx) => parseDownstream(message as DownstreamTlsContext, ctx),
  createTransportSocketFactory: (config, context) => createFactory(config, context, 'server', createDownstreamFactory),
  certificatesInUse,
};

/** Of secrets that are discovered: as they are now. */
function certificatesInUse({ inUse, discovery }: TriedOptions<TlsOptions>): CertificatesInUse | undefined {
  return discovery === undefined ? inUse : discovery.current()?.inUse;
}
