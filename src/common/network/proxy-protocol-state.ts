import type { Address, Connection, ProxyProtocolOptions, ProxyProtocolTlv } from '../../../sdk/network.ts';
import type { FilterStateObject } from '../../../sdk/stream-info.ts';

/** Envoy's name of the filter state that an upstream's PROXY header is made of. */
export const proxyProtocolStateKey = 'envoy.network.proxy_protocol_options';

/** What a PROXY header has said of a client, or is to say of it (Envoy's ProxyProtocolFilterState). */
export class ProxyProtocolState implements ProxyProtocolOptions, FilterStateObject {
  readonly source: Address;
  readonly destination: Address;
  readonly tlvs: readonly ProxyProtocolTlv[];

  constructor(source: Address, destination: Address, tlvs: readonly ProxyProtocolTlv[]) {
    this.source = source;
    this.destination = destination;
    this.tlvs = tlvs;
  }

  /** Envoy has no text for it either. */
  serializeAsString(): undefined {
    return undefined;
  }
}

/** What filters left there for a connection's upstreams. */
export function proxyProtocolStateOf({ streamInfo }: Connection): ProxyProtocolState | undefined {
  const state = streamInfo.filterState.get(proxyProtocolStateKey);
  return state instanceof ProxyProtocolState ? state : undefined;
}

/** Of a client: what filters left there, else the addresses of its connection. */
export function proxyProtocolOptions(connection: Connection): ProxyProtocolOptions {
  const { remoteAddress, localAddress } = connection.info;
  return proxyProtocolStateOf(connection) ?? new ProxyProtocolState(remoteAddress, localAddress, []);
}
