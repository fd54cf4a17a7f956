import type { Extension, TransportSocketExtension } from '../../../../sdk/extension.ts';
import type { TransportSocketFactory } from '../../../../sdk/network.ts';

const RAW: TransportSocketFactory = Object.freeze({
  implementsSecureTransport: false,
  createTransportSocket: () => undefined,
});

function rawBufferFor(
  category: 'envoy.transport_sockets.upstream' | 'envoy.transport_sockets.downstream',
): TransportSocketExtension<object> {
  return {
    category,
    name: 'envoy.transport_sockets.raw_buffer',
    configTypes: ['envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer'],
    parseConfig: () => ({}),
    createTransportSocketFactory: () => RAW,
  };
}

/** Bytes as they are, to upstreams: connections skip the layer altogether. */
export const rawBuffer: Extension = rawBufferFor('envoy.transport_sockets.upstream');
/** The same, for listeners. */
export const rawBufferDownstream: Extension = rawBufferFor('envoy.transport_sockets.downstream');
