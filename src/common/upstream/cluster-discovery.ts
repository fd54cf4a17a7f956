/** How a cluster finds its hosts: `type`, or `cluster_type` with the name of one or with a DnsCluster. */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { DnsCluster } from '../../../api/generated/envoy/extensions/clusters/dns/v3/dns_cluster_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { type DnsOptions, parseDnsClusterOptions, parseDnsOptions } from './dns-options.ts';

export type DiscoveryType = 'STATIC' | 'STRICT_DNS' | 'LOGICAL_DNS' | 'ORIGINAL_DST';

export interface Discovery {
  readonly type: DiscoveryType;
  readonly dns: DnsOptions;
}

const TYPES: readonly string[] = ['STATIC', 'STRICT_DNS', 'LOGICAL_DNS', 'EDS', 'ORIGINAL_DST'];
/** The factories of Envoy's that go by their name alone. */
const NAMED: ReadonlyMap<string, string> = new Map([
  ['envoy.cluster.static', 'STATIC'],
  ['envoy.cluster.strict_dns', 'STRICT_DNS'],
  ['envoy.cluster.logical_dns', 'LOGICAL_DNS'],
  ['envoy.cluster.eds', 'EDS'],
  ['envoy.cluster.original_dst', 'ORIGINAL_DST'],
]);
const dnsClusterType = 'envoy.extensions.clusters.dns.v3.DnsCluster';
const ofClusters = 'envoy.extensions.clusters.';

/** Without looking at what is wrong with it. */
export function parseDiscoveryType({ clusterDiscoveryType: { case: by, value } }: Cluster): string {
  if (by === 'clusterType') return NAMED.get(value.name) ?? '';
  return TYPES[by === 'type' ? value : 0] ?? '';
}

export function parseDiscovery(cluster: Cluster, ctx: ConfigContext): Discovery {
  const { case: by, value } = cluster.clusterDiscoveryType;
  if (by !== 'clusterType') return ofType(cluster, TYPES[by === 'type' ? value : 0] ?? 'STATIC', ctx, 'type');
  const at = ctx.child('cluster_type');
  const place = at.child('typed_config');
  const message = value.typedConfig === undefined ? undefined : place.unpack(value.typedConfig);
  if (message?.$typeName === dnsClusterType) return ofDnsCluster(message as DnsCluster, place);
  if (message?.$typeName.startsWith(ofClusters)) at.error(`cluster type ${message.$typeName} is not supported yet`);
  else if (NAMED.has(value.name)) return ofType(cluster, NAMED.get(value.name) ?? 'STATIC', ctx, 'cluster_type');
  else at.error(`Didn't find a registered cluster factory implementation for name: '${value.name}'`);
  return { type: 'STATIC', dns: parseDnsOptions(cluster, false, ctx) };
}

function ofType(cluster: Cluster, name: string, ctx: ConfigContext, field: string): Discovery {
  if (name === 'EDS') {
    ctx.child(field).error(`cluster type ${name} is not supported yet`);
    return { type: 'STATIC', dns: parseDnsOptions(cluster, false, ctx) };
  }
  return {
    type: name as DiscoveryType,
    dns: parseDnsOptions(cluster, name === 'STRICT_DNS' || name === 'LOGICAL_DNS', ctx),
  };
}

/** The cluster's own `dns_…` fields do not count then. */
function ofDnsCluster(message: DnsCluster, ctx: ConfigContext): Discovery {
  return {
    type: message.allAddressesInSingleEndpoint ? 'LOGICAL_DNS' : 'STRICT_DNS',
    dns: parseDnsClusterOptions(message, ctx),
  };
}
