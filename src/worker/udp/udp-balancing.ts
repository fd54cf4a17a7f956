import type { Address } from '../../../sdk/network.ts';
import type { LoadBalancerContext } from '../../../sdk/upstream.ts';
import type { UdpHashPolicy } from './udp-proxy-config.ts';

/** What load balancers may ask of a session, or of a datagram that is balanced by itself. */
export class UdpBalancing implements LoadBalancerContext {
  readonly downstreamConnection = undefined;
  readonly downstreamHeaders = undefined;
  readonly requestStreamInfo = undefined;
  readonly metadataMatch = undefined;
  readonly overrideHost = undefined;
  readonly transportSocketOptions = undefined;
  readonly hostSelectionRetryCount = 1;
  readonly #hashPolicy: UdpHashPolicy | undefined;
  readonly #peer: Address;

  constructor(hashPolicy: UdpHashPolicy | undefined, peer: Address) {
    this.#hashPolicy = hashPolicy;
    this.#peer = peer;
  }

  computeHashKey(): bigint | undefined {
    return this.#hashPolicy?.(this.#peer);
  }

  shouldSelectAnotherHost(): boolean {
    return false;
  }
}
