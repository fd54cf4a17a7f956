import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import type { FilterStatus, NetworkFilter, ReadFilterCallbacks } from '../../../../../sdk/network.ts';
import type { FilterStateObject } from '../../../../../sdk/stream-info.ts';

/** Envoy's name of the filter state that tells tcp_proxy its cluster. */
const clusterStateKey = 'envoy.tcp_proxy.cluster';

class ClusterName implements FilterStateObject {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  serializeAsString(): string {
    return this.#name;
  }
}

/** The server name that a client asked for is the cluster (envoy.extensions.filters.network.sni_cluster.v3.SniCluster). */
class SniClusterFilter implements NetworkFilter {
  #callbacks!: ReadFilterCallbacks;

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  onNewConnection(): FilterStatus {
    const { info, streamInfo } = this.#callbacks.connection;
    const name = info.requestedServerName;
    if (name !== '') streamInfo.filterState.set(clusterStateKey, new ClusterName(name), false, 'Connection');
    return 'Continue';
  }

  onData(): FilterStatus {
    return 'Continue';
  }
}

export const sniCluster = defineNetworkFilter({
  name: 'envoy.filters.network.sni_cluster',
  configTypes: ['envoy.extensions.filters.network.sni_cluster.v3.SniCluster'],
  parseConfig: () => undefined,
  createFilterFactory: () => () => new SniClusterFilter(),
  isTerminal: () => false,
});
