import type { RetryHostPredicate, RetryHostPredicateExtension } from '../../../../../sdk/router.ts';

const omitCanaries: RetryHostPredicate = {
  shouldSelectAnotherHost: (host) => host.canary,
  onHostAttempted: () => {},
};

/** envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate */
export const omitCanaryHosts: RetryHostPredicateExtension = {
  category: 'envoy.retry_host_predicates',
  name: 'envoy.retry_host_predicates.omit_canary_hosts',
  configTypes: ['envoy.extensions.retry.host.omit_canary_hosts.v3.OmitCanaryHostsPredicate'],
  parseConfig: () => undefined,
  createPredicate: () => omitCanaries,
};
