import type { TransportSocketOptions } from '../../../sdk/network.ts';
import type { FilterState } from '../../../sdk/stream-info.ts';
import { ProtocolsState } from '../../common/stream-info/filter-state-factories.ts';

/** What filters wish of the TLS to a connection's upstream, by Envoy's names of the filter state. */
const serverName = 'envoy.network.upstream_server_name';
const subjectAltNames = 'envoy.network.upstream_subject_alt_names';
const protocols = 'envoy.network.application_protocols';

/** Undefined = they have no wish. */
export function upstreamSocketOptions(filterState: FilterState): TransportSocketOptions | undefined {
  const name = textOf(filterState, serverName);
  const sans = textOf(filterState, subjectAltNames);
  const alpn = filterState.get(protocols);
  const applicationProtocols = alpn instanceof ProtocolsState ? alpn.protocols : undefined;
  if (name === undefined && sans === undefined && applicationProtocols === undefined) return undefined;
  return {
    ...(name !== undefined && { serverNameOverride: name }),
    ...(sans !== undefined && { verifySubjectAltNames: sans.split(',') }),
    ...(applicationProtocols !== undefined && { applicationProtocols }),
  };
}

function textOf(filterState: FilterState, key: string): string | undefined {
  return filterState.get(key)?.serializeAsString?.();
}
