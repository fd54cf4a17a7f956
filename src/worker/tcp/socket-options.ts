import type { TransportSocketOptions } from '../../../sdk/network.ts';
import type { FilterState } from '../../../sdk/stream-info.ts';

/** What filters wish of the TLS to a connection's upstream, by Envoy's names of the filter state. */
const serverName = 'envoy.network.upstream_server_name';
const subjectAltNames = 'envoy.network.upstream_subject_alt_names';
const protocols = 'envoy.network.application_protocols';

/** Undefined = they have no wish. */
export function upstreamSocketOptions(filterState: FilterState): TransportSocketOptions | undefined {
  const name = textOf(filterState, serverName);
  const sans = textOf(filterState, subjectAltNames);
  const alpn = textOf(filterState, protocols);
  if (name === undefined && sans === undefined && alpn === undefined) return undefined;
  return {
    ...(name !== undefined && { serverNameOverride: name }),
    ...(sans !== undefined && { verifySubjectAltNames: sans.split(',') }),
    ...(alpn !== undefined && { applicationProtocols: alpn.split(',') }),
  };
}

function textOf(filterState: FilterState, key: string): string | undefined {
  return filterState.get(key)?.serializeAsString?.();
}
