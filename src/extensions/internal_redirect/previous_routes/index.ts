import type { InternalRedirectPredicateExtension } from '../../../../sdk/router.ts';
import type { FilterState, FilterStateObject } from '../../../../sdk/stream-info.ts';

const STATE_PREFIX = 'envoy.internal_redirect.previous_routes_predicate_state.';

/** Routes that a request has been redirected to from one route. */
class PreviousRoutes implements FilterStateObject {
  readonly #names = new Set<string>();

  serializeAsString(): string {
    return [...this.#names].join();
  }

  /** False when it is there already. */
  insert(routeName: string): boolean {
    if (this.#names.has(routeName)) return false;
    this.#names.add(routeName);
    return true;
  }
}

function previousRoutesOf(filterState: FilterState, currentRouteName: string): PreviousRoutes {
  const name = STATE_PREFIX + currentRouteName;
  const known = filterState.get(name);
  if (known instanceof PreviousRoutes) return known;
  const made = new PreviousRoutes();
  filterState.set(name, made, false, 'Request');
  return made;
}

/** envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig: no route twice from the same one. */
export const previousRoutes: InternalRedirectPredicateExtension = {
  category: 'envoy.internal_redirect_predicates',
  name: 'envoy.internal_redirect_predicates.previous_routes',
  configTypes: ['envoy.extensions.internal_redirect.previous_routes.v3.PreviousRoutesConfig'],
  parseConfig: () => undefined,
  createPredicate: () => ({
    acceptTargetRoute: ({ filterState, currentRouteName, targetRouteName }) =>
      previousRoutesOf(filterState, currentRouteName).insert(targetRouteName),
  }),
};
