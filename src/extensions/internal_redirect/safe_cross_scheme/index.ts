import type { InternalRedirectPredicateExtension } from '../../../../sdk/router.ts';

/** envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig: never from http to https. */
export const safeCrossScheme: InternalRedirectPredicateExtension = {
  category: 'envoy.internal_redirect_predicates',
  name: 'envoy.internal_redirect_predicates.safe_cross_scheme',
  configTypes: ['envoy.extensions.internal_redirect.safe_cross_scheme.v3.SafeCrossSchemeConfig'],
  parseConfig: () => undefined,
  createPredicate: () => ({
    acceptTargetRoute: ({ downstreamIsHttps, targetIsHttps }) => downstreamIsHttps || !targetIsHttps,
  }),
};
