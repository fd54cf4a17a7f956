import type { Connection, ProxyProtocolTlv } from '../../../sdk/network.ts';
import {
  ProxyProtocolState,
  proxyProtocolOptions,
  proxyProtocolStateKey,
  proxyProtocolStateOf,
} from '../../common/network/proxy-protocol-state.ts';
import type { ConfiguredTlvs } from '../../common/network/proxy-protocol-tlvs.ts';

/** What becomes of TLVs that the client's own PROXY header brought, by Envoy's ProxyProtocolTlvMergePolicy. */
export type TlvMergePolicy = 'ADD_IF_ABSENT' | 'OVERWRITE_BY_TYPE_IF_EXISTS_OR_ADD' | 'APPEND_IF_EXISTS_OR_ADD';

/** `proxy_protocol_tlvs` */
export interface ClientTlvs {
  readonly tlvs: ConfiguredTlvs;
  readonly mergePolicy: TlvMergePolicy;
}

/** Leaves a client's TLVs where its upstream's PROXY header is made of them. */
export function storeClientTlvs({ tlvs, mergePolicy }: ClientTlvs, connection: Connection): void {
  const existing = proxyProtocolStateOf(connection);
  if (existing !== undefined && mergePolicy === 'ADD_IF_ABSENT') return;
  const { source, destination } = proxyProtocolOptions(connection);
  const merged = merge(existing?.tlvs ?? [], tlvs.of(connection.streamInfo), mergePolicy);
  const state = new ProxyProtocolState(source, destination, merged);
  connection.streamInfo.filterState.set(proxyProtocolStateKey, state, false, 'Connection');
}

function merge(
  existing: readonly ProxyProtocolTlv[],
  configured: readonly ProxyProtocolTlv[],
  mergePolicy: TlvMergePolicy,
): readonly ProxyProtocolTlv[] {
  if (mergePolicy === 'APPEND_IF_EXISTS_OR_ADD') return [...existing, ...configured];
  return [...configured, ...existing.filter(({ type }) => !configured.some((own) => own.type === type))];
}
