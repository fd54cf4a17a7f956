import type { Config } from '../../../../../api/generated/envoy/extensions/filters/http/set_filter_state/v3/set_filter_state_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap } from '../../../../../sdk/headers.ts';
import type { DecoderFilterCallbacks, FilterHeadersStatus, HttpFilter } from '../../../../../sdk/http.ts';
import { noLogContext } from '../../../../common/access-log/log-context.ts';
import {
  type FilterStateSetting,
  parseFilterState,
  setFilterState,
} from '../../common/set_filter_state/set-filter-state.ts';

interface SetFilterStateConfig {
  readonly onRequestHeaders: readonly FilterStateSetting[];
  readonly clearRouteCache: boolean;
}

/** Leaves objects for the filters behind it, for routes, balancers and logs (Envoy's SetFilterState). */
class SetFilterStateFilter implements HttpFilter {
  readonly #config: SetFilterStateConfig;
  #callbacks!: DecoderFilterCallbacks;

  constructor(config: SetFilterStateConfig) {
    this.#config = config;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(requestHeaders: RequestHeaderMap): FilterHeadersStatus {
    const { streamInfo } = this.#callbacks;
    const context = { ...noLogContext, requestHeaders };
    setFilterState(this.#config.onRequestHeaders, context, streamInfo, 'FilterChain');
    const ofRoute = this.#callbacks.perRouteConfig<SetFilterStateConfig>();
    if (ofRoute !== undefined) setFilterState(ofRoute.onRequestHeaders, context, streamInfo, 'FilterChain');
    if (this.#config.clearRouteCache || ofRoute?.clearRouteCache === true) this.#callbacks.clearRouteCache();
    return 'Continue';
  }
}

function parse({ onRequestHeaders, clearRouteCache }: Config, ctx: ConfigContext): SetFilterStateConfig {
  return Object.freeze({
    onRequestHeaders: parseFilterState(onRequestHeaders, ctx, 'on_request_headers'),
    clearRouteCache,
  });
}

/** envoy.filters.http.set_filter_state */
export const setFilterStateOfRequest = defineHttpFilter<SetFilterStateConfig, SetFilterStateConfig>({
  name: 'envoy.filters.http.set_filter_state',
  configTypes: ['envoy.extensions.filters.http.set_filter_state.v3.Config'],
  parseConfig: (message, ctx) => parse(message as Config, ctx),
  parsePerRouteConfig: (message, ctx) => parse(message as Config, ctx),
  createFilterFactory: (config) => () => new SetFilterStateFilter(config),
});
