import type { DoubleMatcher } from '../../../api/generated/envoy/type/matcher/v3/number_pb.d.ts';
import type { ValueMatcher as ValueMatcherProto } from '../../../api/generated/envoy/type/matcher/v3/value_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { StructValue } from '../../../sdk/stream-info.ts';
import { parseStringMatcher } from './string-matcher.ts';

/** Matches a value of metadata; undefined = there is none. */
export type ValueMatcher = (value: StructValue | undefined) => boolean;

/** Checks an envoy.type.matcher.v3.ValueMatcher; faults are gathered in `ctx`. */
export function parseValueMatcher({ matchPattern: pattern }: ValueMatcherProto, ctx: ConfigContext): ValueMatcher {
  switch (pattern.case) {
    case 'nullMatch':
      return (value) => value === null;
    case 'doubleMatch':
      return doubleMatcher(pattern.value);
    case 'stringMatch': {
      const matcher = parseStringMatcher(pattern.value, ctx.child('string_match'));
      return (value) => typeof value === 'string' && matcher.match(value);
    }
    case 'boolMatch':
      return (value) => value === pattern.value;
    case 'presentMatch':
      return (value) => pattern.value && value !== undefined;
    case 'listMatch':
      return listMatcher(pattern.value.matchPattern.value, ctx.child('list_match').child('one_of'));
    case 'orMatch': {
      const at = ctx.child('or_match');
      const matchers = pattern.value.valueMatchers.map((each, i) =>
        parseValueMatcher(each, at.child('value_matchers', i)),
      );
      return (value) => matchers.some((matches) => matches(value));
    }
    default:
      ctx.error('a match pattern is required');
      return () => false;
  }
}

function doubleMatcher({ matchPattern: pattern }: DoubleMatcher): ValueMatcher {
  if (pattern.case === 'exact') return (value) => value === pattern.value;
  const { start = 0, end = 0 } = pattern.value ?? {};
  return (value) => typeof value === 'number' && value >= start && value < end;
}

function listMatcher(oneOf: ValueMatcherProto | undefined, ctx: ConfigContext): ValueMatcher {
  if (oneOf === undefined) return () => false;
  const matches = parseValueMatcher(oneOf, ctx);
  return (value) => Array.isArray(value) && value.some((item: StructValue) => matches(item));
}
