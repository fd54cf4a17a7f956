import type { ListenerFactoryContext } from '../../../sdk/extension.ts';
import type { NetworkFilter, TransportSocketFactory } from '../../../sdk/network.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { FilterChainConfig } from '../../common/listener/listener-config.ts';
import type { DrainManager } from './drain-manager.ts';

const httpManager = 'envoy.filters.network.http_connection_manager';
/** HTTP/2 is not spoken yet. */
const notOfHttp = ['h2'] as const;

/**
 * A filter chain made on this worker: its factories, and whether it drains. Its end is that of the statistics that its
 * filters named.
 */
export class FilterChain implements Disposable {
  readonly config: FilterChainConfig;
  readonly transportSocketFactory: TransportSocketFactory | undefined;
  readonly drainManager: DrainManager;
  readonly #factories: readonly (() => NetworkFilter)[];
  readonly #scopes: readonly [Scope, Scope];

  constructor(config: FilterChainConfig, context: ListenerFactoryContext, drainManager: DrainManager) {
    this.config = config;
    this.drainManager = drainManager;
    const scope = context.scope.scope('');
    const listenerScope = context.listenerScope.scope('');
    this.#scopes = [scope, listenerScope];
    const chainContext = { ...context, scope, listenerScope, drainDecision: drainManager };
    const { transportSocket } = config;
    this.transportSocketFactory = transportSocket?.extension.createTransportSocketFactory(transportSocket.config, {
      ...chainContext,
      ownerScope: listenerScope,
      serverNames: config.match.serverNames,
      unsupportedProtocols: config.filters.some(({ extension }) => extension.name === httpManager) ? notOfHttp : [],
    });
    this.#factories = config.filters.map(({ extension, config }) =>
      extension.createFilterFactory(config, chainContext),
    );
  }

  createNetworkFilters(): NetworkFilter[] {
    return this.#factories.map((create) => create());
  }

  [Symbol.dispose](): void {
    this.transportSocketFactory?.[Symbol.dispose]?.();
    for (const scope of this.#scopes) scope[Symbol.dispose]();
  }
}
