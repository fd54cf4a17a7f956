import type { TransportSocketOptions } from '../../../sdk/network.ts';
import type { StreamInfo } from '../../../sdk/stream-info.ts';
import { upstreamSourceOf } from '../../common/network/upstream-source.ts';
import { ProtocolsState, wellKnownText } from '../../common/stream-info/filter-state-factories.ts';

/** What filters wish of the sockets to upstreams, by Envoy's names of the filter state. */
const serverName = 'envoy.network.upstream_server_name';
const subjectAltNames = 'envoy.network.upstream_subject_alt_names';
const protocols = 'envoy.network.application_protocols';

/** Undefined = they have no wish. */
export function transportSocketWishes(streamInfo: StreamInfo): TransportSocketOptions | undefined {
  if (streamInfo.hasFilterState === false) return undefined;
  const { filterState } = streamInfo;
  if (filterState.isEmpty) return undefined;
  const name = wellKnownText(filterState, serverName);
  const sans = wellKnownText(filterState, subjectAltNames);
  const alpn = filterState.get(protocols);
  const applicationProtocols = alpn instanceof ProtocolsState ? alpn.protocols : undefined;
  const source = upstreamSourceOf(filterState);
  const { shared: sharedState } = filterState;
  if ((name ?? sans ?? applicationProtocols ?? source ?? sharedState) === undefined) return undefined;
  return {
    ...(name !== undefined && { serverNameOverride: name }),
    ...(sans !== undefined && { verifySubjectAltNames: sans.split(',') }),
    ...(applicationProtocols !== undefined && { applicationProtocols }),
    ...(source !== undefined && { source }),
    ...(sharedState !== undefined && { sharedState }),
  };
}
