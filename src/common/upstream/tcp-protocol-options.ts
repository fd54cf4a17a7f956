/** `TcpProtocolOptions` of `typed_extension_protocol_options`: how a cluster's TCP pools behave. */
import type { TcpProtocolOptions } from '../../../api/generated/envoy/extensions/upstreams/tcp/v3/tcp_protocol_options_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { durationMs } from './proto-values.ts';

export const TCP_PROTOCOL_OPTIONS = 'envoy.extensions.upstreams.tcp.v3.TcpProtocolOptions';

export interface TcpUpstreamOptions {
  /** How long a pooled connection may stay unused; 0 = for ever; default ten minutes. */
  readonly idleTimeoutMs: number;
}

export function parseTcpProtocolOptions(message: TcpProtocolOptions, ctx: ConfigContext): TcpUpstreamOptions {
  ctx.requireSupported(message, ['idleTimeout']);
  return Object.freeze({ idleTimeoutMs: durationMs(message.idleTimeout) ?? 600_000 });
}
