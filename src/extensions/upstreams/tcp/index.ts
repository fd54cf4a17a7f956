import type { TcpProtocolOptions } from '../../../../api/generated/envoy/extensions/upstreams/tcp/v3/tcp_protocol_options_pb.ts';
import type { Extension } from '../../../../sdk/extension.ts';
import {
  parseTcpProtocolOptions,
  TCP_PROTOCOL_OPTIONS,
  type TcpUpstreamOptions,
} from '../../../common/upstream/tcp-protocol-options.ts';

/** `typed_extension_protocol_options` for the TCP pools of a cluster. */
export const tcpProtocolOptions: Extension<'envoy.upstream_options', TcpUpstreamOptions> = {
  category: 'envoy.upstream_options',
  name: TCP_PROTOCOL_OPTIONS,
  configTypes: [TCP_PROTOCOL_OPTIONS],
  parseConfig: (message, ctx) => parseTcpProtocolOptions(message as TcpProtocolOptions, ctx),
};
