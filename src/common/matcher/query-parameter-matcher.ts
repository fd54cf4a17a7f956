import type { QueryParameterMatcher as QueryParameterMatcherConfig } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { isGuardEnabled } from '../runtime/runtime-guards.ts';
import { parseByteMatcher, type StringMatcher } from './string-matcher.ts';

/** Query parameters in their order, not decoded: what Envoy's route matching sees. */
export type QueryParameters = readonly (readonly [name: string, value: string])[];

/** Reads the parameters of `path?query`; the fragment does not belong to them. */
export function parseQuery(path: string): QueryParameters {
  const start = path.indexOf('?');
  if (start < 0) return [];
  const hash = path.indexOf('#', start);
  const query = path.slice(start + 1, hash < 0 ? undefined : hash);
  const parameters: [string, string][] = [];
  for (const part of query.split('&')) {
    const equal = part.indexOf('=');
    if (equal >= 0) parameters.push([part.slice(0, equal), part.slice(equal + 1)]);
    else parameters.push([part, '']);
  }
  return parameters;
}

export interface QueryParameterMatcher {
  matches(parameters: QueryParameters): boolean;
}

export function parseQueryParameterMatcher(
  config: QueryParameterMatcherConfig,
  ctx: ConfigContext,
): QueryParameterMatcher {
  const { name, queryParameterMatchSpecifier: specifier } = config;
  const first = (parameters: QueryParameters) => parameters.find(([known]) => known === name)?.[1];
  if (specifier.case === 'stringMatch') {
    const matcher: StringMatcher = parseByteMatcher(specifier.value, ctx.child('string_match'));
    return {
      matches: (parameters) => {
        const value = first(parameters);
        return value !== undefined && matcher.match(value);
      },
    };
  }
  const present = specifier.case !== 'presentMatch' || specifier.value || isAlwaysPresence(ctx);
  return { matches: (parameters) => (first(parameters) !== undefined) === present };
}

/** True when every matcher matches: none means true. */
export function matchesAllParameters(matchers: readonly QueryParameterMatcher[], parameters: QueryParameters): boolean {
  return matchers.every((matcher) => matcher.matches(parameters));
}

/** Once `present_match: false` asked for presence, too. */
function isAlwaysPresence(ctx: ConfigContext): boolean {
  const guard = 'envoy.reloadable_features.enable_new_query_param_present_match_behavior';
  return !isGuardEnabled(ctx.resources?.runtime, guard);
}
