import type { AddressMatcher } from '../../../api/generated/envoy/type/matcher/v3/address_pb.d.ts';
import type { FilterStateMatcher as FilterStateMatcherConfig } from '../../../api/generated/envoy/type/matcher/v3/filter_state_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { FilterState, FilterStateObject } from '../../../sdk/stream-info.ts';
import { CidrRange } from '../network/cidr.ts';
import { parseStringMatcher } from './string-matcher.ts';

/** Judges one object of the filter state; what is absent does not match. */
export type FilterStateMatcher = (filterState: FilterState) => boolean;

/** A checked envoy.type.matcher.v3.FilterStateMatcher. */
export function parseFilterStateMatcher(config: FilterStateMatcherConfig, ctx: ConfigContext): FilterStateMatcher {
  const { key, matcher } = config;
  switch (matcher.case) {
    case 'stringMatch': {
      const text = parseStringMatcher(matcher.value, ctx.child('string_match'));
      return (filterState) => {
        const value = filterState.get(key)?.serializeAsString?.();
        return value !== undefined && text.match(value);
      };
    }
    case 'addressMatch': {
      const matches = parseAddressMatcher(matcher.value, ctx.child('address_match'));
      return (filterState) => {
        const value = filterState.get(key);
        return value !== undefined && matches(value);
      };
    }
    default:
      return () => false;
  }
}

/** An object that is no address does not match, even if the matcher is inverted. */
function parseAddressMatcher(
  { ranges, invertMatch }: AddressMatcher,
  ctx: ConfigContext,
): (object: FilterStateObject) => boolean {
  const parsed = ranges.map(({ addressPrefix, prefixLen }, i) => {
    const range = CidrRange.of(addressPrefix, prefixLen ?? 0);
    if (range === undefined) ctx.child('ranges', i).error(`malformed IP address: ${addressPrefix}`);
    return range;
  });
  return ({ address }) => {
    if (address === undefined) return false;
    return parsed.some((range) => range?.containsAddress(address) === true) !== invertMatch;
  };
}
