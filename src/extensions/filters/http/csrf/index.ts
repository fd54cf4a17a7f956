import type { CsrfPolicy as CsrfPolicyProto } from '../../../../../api/generated/envoy/extensions/filters/http/csrf/v3/csrf_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import type { RuntimeFraction } from '../../../../../sdk/router.ts';
import { parseByteMatcher, type StringMatcher } from '../../../../common/matcher/string-matcher.ts';
import { parseOptionalFraction } from '../../../../common/router/runtime-fraction.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { CsrfFilter, CsrfStats } from './filter.ts';

export interface CsrfPolicy {
  readonly filterEnabled: RuntimeFraction | undefined;
  readonly shadowEnabled: RuntimeFraction | undefined;
  readonly additionalOrigins: readonly StringMatcher[];
}

function parsePolicy(config: CsrfPolicyProto, ctx: ConfigContext): CsrfPolicy {
  return Object.freeze({
    filterEnabled: parseOptionalFraction(config.filterEnabled),
    shadowEnabled: parseOptionalFraction(config.shadowEnabled),
    additionalOrigins: config.additionalOrigins.map((origin, i) =>
      parseByteMatcher(origin, ctx.child('additional_origins', i)),
    ),
  });
}

/** envoy.filters.http.csrf: what changes something must come from a page of its own origin. */
export const csrf = defineHttpFilter<CsrfPolicy, CsrfPolicy>({
  name: 'envoy.filters.http.csrf',
  configTypes: ['envoy.extensions.filters.http.csrf.v3.CsrfPolicy'],

  parseConfig: (message, ctx) => parsePolicy(message as CsrfPolicyProto, ctx),

  parsePerRouteConfig: (message, ctx) => parsePolicy(message as CsrfPolicyProto, ctx),

  createFilterFactory(policy, { scope, statsPrefix, runtime }) {
    const shared = { policy, runtime, stats: new CsrfStats(new PrefixedStats(scope, `${statsPrefix}csrf`)) };
    return () => new CsrfFilter(shared);
  },
});
