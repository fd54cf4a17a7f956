import type { Address } from '../../../../../sdk/network.ts';
import type { FilterStateObject } from '../../../../../sdk/stream-info.ts';

/** Where filters leave the address of the host that the request is for. */
export const UPSTREAM_ADDRESS = 'envoy.stream.upstream_address';

export interface UpstreamAddress extends FilterStateObject {
  readonly address: Address;
}
