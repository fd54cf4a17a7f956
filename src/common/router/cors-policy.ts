import type { CorsPolicy as RouteCorsPolicyConfig } from '../../../api/generated/envoy/config/route/v3/route_components_pb.d.ts';
import type { CorsPolicy as CorsPolicyConfig } from '../../../api/generated/envoy/extensions/filters/http/cors/v3/cors_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { CorsPolicy } from '../../../sdk/router.ts';
import { parseByteMatcher } from '../matcher/string-matcher.ts';
import { parseOptionalFraction, parseRuntimeFraction } from './runtime-fraction.ts';

/** Of the filter's own type, or of the deprecated `cors` of virtual hosts and route actions. */
export function parseCorsPolicy(config: CorsPolicyConfig | RouteCorsPolicyConfig, ctx: ConfigContext): CorsPolicy {
  return Object.freeze({
    allowOrigins: config.allowOriginStringMatch.map((matcher, i) =>
      parseByteMatcher(matcher, ctx.child('allow_origin_string_match', i)),
    ),
    allowMethods: config.allowMethods,
    allowHeaders: config.allowHeaders,
    exposeHeaders: config.exposeHeaders,
    maxAge: config.maxAge,
    allowCredentials: config.allowCredentials,
    allowPrivateNetworkAccess: config.allowPrivateNetworkAccess,
    forwardNotMatchingPreflights: config.forwardNotMatchingPreflights,
    filterEnabled: parseFilterEnabled(config),
    shadowEnabled: parseOptionalFraction(config.shadowEnabled),
  });
}

function parseFilterEnabled(config: CorsPolicyConfig | RouteCorsPolicyConfig): CorsPolicy['filterEnabled'] {
  if (!('enabledSpecifier' in config)) return parseOptionalFraction(config.filterEnabled);
  const { enabledSpecifier: specifier } = config;
  return specifier.case === 'filterEnabled' ? parseRuntimeFraction(specifier.value) : undefined;
}
