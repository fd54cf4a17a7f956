import type { Config } from '../../../../../api/generated/envoy/extensions/filters/network/set_filter_state/v3/set_filter_state_pb.d.ts';
import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import type { ConnectionEvent, FilterStatus, NetworkFilter, ReadFilterCallbacks } from '../../../../../sdk/network.ts';
import { noLogContext } from '../../../../common/access-log/log-context.ts';
import {
  type FilterStateSetting,
  parseFilterState,
  setFilterState,
} from '../../common/set_filter_state/set-filter-state.ts';

interface SetFilterStateConfig {
  readonly onNewConnection: readonly FilterStateSetting[];
  readonly onDownstreamTlsHandshake: readonly FilterStateSetting[];
  /** With the first bytes. */
  readonly onDownstreamData: readonly FilterStateSetting[];
}

/** Leaves objects for the filters behind it, for balancers and logs (Envoy's SetFilterState). */
class SetFilterStateFilter implements NetworkFilter {
  readonly #config: SetFilterStateConfig;
  #callbacks!: ReadFilterCallbacks;
  #hasData = false;

  constructor(config: SetFilterStateConfig) {
    this.#config = config;
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
    if (this.#config.onDownstreamTlsHandshake.length === 0) return;
    callbacks.connection.addConnectionCallbacks({
      onEvent: (event) => this.#onEvent(event),
      onAboveWriteBufferHighWatermark: () => {},
      onBelowWriteBufferLowWatermark: () => {},
    });
  }

  onNewConnection(): FilterStatus {
    this.#set(this.#config.onNewConnection);
    // A connection without TLS has no handshake to wait for.
    if (this.#callbacks.connection.info.ssl === undefined) this.#set(this.#config.onDownstreamTlsHandshake);
    return 'Continue';
  }

  onData(): FilterStatus {
    if (!this.#hasData) this.#set(this.#config.onDownstreamData);
    this.#hasData = true;
    return 'Continue';
  }

  #onEvent(event: ConnectionEvent): void {
    if (event === 'Connected') this.#set(this.#config.onDownstreamTlsHandshake);
  }

  #set(settings: readonly FilterStateSetting[]): void {
    setFilterState(settings, noLogContext, this.#callbacks.connection.streamInfo, 'Connection');
  }
}

/** envoy.filters.network.set_filter_state */
export const networkSetFilterState = defineNetworkFilter<SetFilterStateConfig>({
  name: 'envoy.filters.network.set_filter_state',
  configTypes: ['envoy.extensions.filters.network.set_filter_state.v3.Config'],
  parseConfig(message, ctx) {
    const config = message as Config;
    return {
      onNewConnection: parseFilterState(config.onNewConnection, ctx, 'on_new_connection'),
      onDownstreamTlsHandshake: parseFilterState(config.onDownstreamTlsHandshake, ctx, 'on_downstream_tls_handshake'),
      onDownstreamData: parseFilterState(config.onDownstreamData, ctx, 'on_downstream_data'),
    };
  },
  createFilterFactory: (config) => () => new SetFilterStateFilter(config),
  isTerminal: () => false,
});
