import type { Extension } from '../../../../sdk/extension.ts';

/** Datagrams go out as the socket engine sends them: all of an iteration of the loop together. */
export const udpDefaultWriter: Extension<'envoy.udp_packet_writer', undefined> = {
  category: 'envoy.udp_packet_writer',
  name: 'envoy.udp_packet_writer.default',
  configTypes: ['envoy.extensions.udp_packet_writer.v3.UdpDefaultWriterFactory'],
  parseConfig: () => undefined,
};
