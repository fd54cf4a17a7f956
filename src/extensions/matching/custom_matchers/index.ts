import type { CustomMatcherExtension } from '../../../../sdk/matching.ts';
import { domainMatcher } from './domain-matcher.ts';
import { ipRangeMatcher } from './ip-range-matcher.ts';

const categories = ['envoy.matching.network.custom_matchers', 'envoy.matching.http.custom_matchers'] as const;

/** Each for connections and for requests. */
export const customMatchers: readonly CustomMatcherExtension[] = categories.flatMap((category) => [
  { ...domainMatcher, category } as CustomMatcherExtension,
  { ...ipRangeMatcher, category } as CustomMatcherExtension,
]);
