import type { CelInput } from '@bufbuild/cel';
import type { LocalInfo } from '../../../sdk/extension.ts';
import type { StreamInfo, Struct } from '../../../sdk/stream-info.ts';
import { NO_METADATA } from '../upstream/proto-values.ts';
import type { AttributeTable } from './lazy-map.ts';
import { metadataMessage, nodeMessage } from './message-map.ts';

/** What the attributes of `xds` are read from. */
export interface Placed {
  readonly info: StreamInfo;
  /** Undefined where nothing is evaluated yet. */
  readonly node: LocalInfo | undefined;
}

/** By envoy.config.core.v3.TrafficDirection. */
const directions = { UNSPECIFIED: 0n, INBOUND: 1n, OUTBOUND: 2n } as const;

function metadata(entries: ReadonlyMap<string, Struct> | undefined): CelInput | undefined {
  if (entries === undefined) return undefined;
  return metadataMessage(
    (name) => entries.get(name),
    () => entries,
  );
}

/** A host without metadata has none at all. */
function unlessEmpty(entries: ReadonlyMap<string, Struct> | undefined): CelInput | undefined {
  return entries?.size === 0 ? null : metadata(entries);
}

export const xdsAttributes: AttributeTable<Placed> = new Map<string, (from: Placed) => CelInput | undefined>([
  ['node', ({ node }) => node && nodeMessage(node)],
  ['cluster_name', ({ info }) => info.upstreamClusterInfo?.name],
  ['cluster_metadata', ({ info }) => metadata(info.upstreamClusterInfo?.metadata)],
  ['listener_direction', ({ info }) => directions[info.downstreamConnection.listenerDirection ?? 'UNSPECIFIED']],
  ['listener_metadata', ({ info }) => metadata(info.downstreamConnection.listenerMetadata ?? NO_METADATA)],
  ['route_name', ({ info }) => (info.matchedRouteMetadata === undefined ? undefined : info.routeName)],
  ['route_metadata', ({ info }) => metadata(info.matchedRouteMetadata)],
  ['virtual_host_name', ({ info }) => info.matchedVirtualHost?.name],
  ['virtual_host_metadata', ({ info }) => metadata(info.matchedVirtualHost?.metadata)],
  ['upstream_host_metadata', ({ info }) => unlessEmpty(info.upstream?.host?.metadata)],
  ['upstream_host_locality_metadata', ({ info }) => unlessEmpty(info.upstream?.host?.localityMetadata)],
  ['filter_chain_name', ({ info }) => info.filterChainName],
]);
