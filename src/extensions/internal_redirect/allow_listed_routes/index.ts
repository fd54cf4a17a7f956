import type { AllowListedRoutesConfig } from '../../../../api/generated/envoy/extensions/internal_redirect/allow_listed_routes/v3/allow_listed_routes_config_pb.d.ts';
import type { InternalRedirectPredicateExtension } from '../../../../sdk/router.ts';

/** envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig: routes by their names. */
export const allowListedRoutes: InternalRedirectPredicateExtension<ReadonlySet<string>> = {
  category: 'envoy.internal_redirect_predicates',
  name: 'envoy.internal_redirect_predicates.allow_listed_routes',
  configTypes: ['envoy.extensions.internal_redirect.allow_listed_routes.v3.AllowListedRoutesConfig'],
  parseConfig: (message) => new Set((message as AllowListedRoutesConfig).allowedRouteNames),
  createPredicate: (allowed) => ({ acceptTargetRoute: ({ targetRouteName }) => allowed.has(targetRouteName) }),
};
