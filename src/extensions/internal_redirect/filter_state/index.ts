import type { FilterStateConfig } from '../../../../api/generated/envoy/extensions/internal_redirect/filter_state/v3/filter_state_config_pb.d.ts';
import type { InternalRedirectPredicateExtension } from '../../../../sdk/router.ts';
import { BoolState } from '../../../common/stream-info/filter-state-factories.ts';

interface Switch {
  readonly key: string;
  readonly ifAbsent: boolean;
}

/** envoy.extensions.internal_redirect.filter_state.v3.FilterStateConfig: where a filter has switched redirects on. */
export const filterStateRedirect: InternalRedirectPredicateExtension<Switch> = {
  category: 'envoy.internal_redirect_predicates',
  name: 'envoy.internal_redirect_predicates.filter_state',
  configTypes: ['envoy.extensions.internal_redirect.filter_state.v3.FilterStateConfig'],
  parseConfig(message) {
    const { redirectEnabledKey, redirectIfAbsent } = message as FilterStateConfig;
    return { key: redirectEnabledKey, ifAbsent: redirectIfAbsent };
  },
  createPredicate: ({ key, ifAbsent }) => ({
    acceptTargetRoute({ filterState }) {
      const object = filterState.get(key);
      if (object === undefined) return ifAbsent;
      return object instanceof BoolState && object.value;
    },
  }),
};
