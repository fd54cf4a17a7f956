import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { UpstreamKind } from '../../../sdk/upstream.ts';

const pools = 'envoy.extensions.upstreams.http.';
const KINDS: ReadonlyMap<string, UpstreamKind> = new Map([
  [`${pools}generic.v3.GenericConnectionPoolProto`, 'generic'],
  [`${pools}http.v3.HttpConnectionPoolProto`, 'http'],
  [`${pools}tcp.v3.TcpConnectionPoolProto`, 'tcp'],
]);

/** `upstream_config`: what requests go out by. (Others Envoy passes by when it starts, and stumbles over with each request.) */
export function parseUpstreamKind({ upstreamConfig: config }: Cluster, ctx: ConfigContext): UpstreamKind {
  if (config?.typedConfig === undefined) return 'generic';
  const at = ctx.child('upstream_config');
  const type = at.child('typed_config').unpack(config.typedConfig)?.$typeName;
  const kind = KINDS.get(type ?? '');
  if (kind === undefined && type !== undefined) at.error(`upstream ${type} is not supported`);
  return kind ?? 'generic';
}
