import type { Config } from '../../../../../api/generated/envoy/extensions/filters/listener/set_filter_state/v3/set_filter_state_pb.d.ts';
import { defineListenerFilter } from '../../../../../sdk/extension.ts';
import type { FilterStatus, ListenerFilter, ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import { noLogContext } from '../../../../common/access-log/log-context.ts';
import {
  type FilterStateSetting,
  parseFilterState,
  setFilterState,
} from '../../common/set_filter_state/set-filter-state.ts';

/** Leaves objects for the choice of the filter chain and for what is in it. */
class SetFilterStateFilter implements ListenerFilter {
  readonly maxReadBytes = 0;
  readonly #onAccept: readonly FilterStateSetting[];

  constructor(onAccept: readonly FilterStateSetting[]) {
    this.#onAccept = onAccept;
  }

  onAccept({ streamInfo }: ListenerFilterCallbacks): FilterStatus {
    setFilterState(this.#onAccept, noLogContext, streamInfo, 'Connection');
    return 'Continue';
  }
}

/** envoy.filters.listener.set_filter_state */
export const listenerSetFilterState = defineListenerFilter<readonly FilterStateSetting[]>({
  name: 'envoy.filters.listener.set_filter_state',
  configTypes: ['envoy.extensions.filters.listener.set_filter_state.v3.Config'],
  parseConfig: (message, ctx) => parseFilterState((message as Config).onAccept, ctx, 'on_accept'),
  createFilterFactory: (onAccept) => () => new SetFilterStateFilter(onAccept),
});
