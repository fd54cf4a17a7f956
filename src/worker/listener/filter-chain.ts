import type { ListenerFactoryContext } from '../../../sdk/extension.ts';
import type { NetworkFilter, TransportSocketFactory } from '../../../sdk/network.ts';
import type { FilterChainConfig } from '../../common/listener/listener-config.ts';
import type { ActiveConnection } from './active-connection.ts';
import type { DrainManager } from './drain-manager.ts';

/** A filter chain made on this worker: its factories, the connections that go through it, whether it drains. */
export class FilterChain {
  readonly config: FilterChainConfig;
  readonly transportSocketFactory: TransportSocketFactory | undefined;
  readonly drainManager: DrainManager;
  readonly connections = new Set<ActiveConnection>();
  readonly #factories: readonly (() => NetworkFilter)[];

  constructor(config: FilterChainConfig, context: ListenerFactoryContext, drainManager: DrainManager) {
    this.config = config;
    this.drainManager = drainManager;
    const chainContext = { ...context, drainDecision: drainManager };
    const { transportSocket } = config;
    this.transportSocketFactory = transportSocket?.extension.createTransportSocketFactory(
      transportSocket.config,
      context,
    );
    this.#factories = config.filters.map(({ extension, config }) =>
      extension.createFilterFactory(config, chainContext),
    );
  }

  createNetworkFilters(): NetworkFilter[] {
    return this.#factories.map((create) => create());
  }
}
