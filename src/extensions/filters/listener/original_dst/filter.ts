import type { FilterStatus, ListenerFilter, ListenerFilterCallbacks } from '../../../../../sdk/network.ts';

/**
 * Restores the address that the client meant to reach before netfilter redirected it here, so that it counts as the
 * connection's local one (Envoy's OriginalDstFilter). Where the system does not tell, it is left alone.
 */
export class OriginalDstFilter implements ListenerFilter {
  readonly maxReadBytes = 0;

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    const { info } = callbacks;
    const meant = callbacks.originalDestination();
    if (meant !== undefined) {
      info.localAddress = meant;
      info.localAddressRestored = true;
    }
    return 'Continue';
  }
}
