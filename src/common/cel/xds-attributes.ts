import type { CelInput } from '@bufbuild/cel';
import type { StreamInfo, Struct } from '../../../sdk/stream-info.ts';
import { type AttributeTable, metadataMap } from './lazy-map.ts';

/** Attributes that Envoy has and we do not: expressions that name them are refused. */
export const missingAttributes: ReadonlySet<string> = new Set([
  'xds.node',
  'xds.listener_metadata',
  'xds.listener_direction',
  'xds.virtual_host_name',
  'xds.upstream_host_locality_metadata',
  'upstream.locality',
  'upstream.num_endpoints',
  'connection.peer_certificate',
  'upstream.peer_certificate',
]);

function metadata(entries: ReadonlyMap<string, Struct> | undefined): CelInput | undefined {
  if (entries === undefined) return undefined;
  return metadataMap(
    (name) => entries.get(name),
    () => entries.keys(),
  );
}

function hostMetadata(info: StreamInfo): CelInput | undefined {
  const host = info.upstream?.host;
  // A host without metadata has none at all.
  return host?.metadata.size === 0 ? null : metadata(host?.metadata);
}

export const xdsAttributes: AttributeTable<StreamInfo> = new Map<string, (info: StreamInfo) => CelInput | undefined>([
  ['cluster_name', (info) => info.upstreamClusterInfo?.name],
  ['cluster_metadata', (info) => metadata(info.upstreamClusterInfo?.metadata)],
  ['route_name', (info) => (info.hasResponseFlag('NR') ? undefined : info.routeName)],
  ['route_metadata', (info) => metadataMap((name) => info.routeMetadata(name))],
  ['virtual_host_metadata', (info) => metadataMap((name) => info.virtualHostMetadata(name))],
  ['upstream_host_metadata', hostMetadata],
  ['filter_chain_name', (info) => info.filterChainName],
]);
