import type { LocalRateLimit } from '../../../../../api/generated/envoy/extensions/filters/http/local_ratelimit/v3/local_rate_limit_pb.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import { type LocalRateLimitConfig, parseLocalRateLimit } from './config.ts';
import { LocalRateLimitFilter } from './filter.ts';
import { LimiterPool, LocalRateLimitStats } from './limiter-pool.ts';

/** envoy.filters.http.local_ratelimit: so many requests and no more, counted in this process. */
export const localRateLimit = defineHttpFilter<LocalRateLimitConfig, LocalRateLimitConfig>({
  name: 'envoy.filters.http.local_ratelimit',
  configTypes: ['envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit'],

  parseConfig: (message, ctx) => parseLocalRateLimit(message as LocalRateLimit, ctx),

  parsePerRouteConfig(message, ctx) {
    const config = parseLocalRateLimit(message as LocalRateLimit, ctx);
    if (config.bucket === undefined) ctx.error('local rate limit token bucket must be set for per filter configs');
    return config;
  },

  bindPerRouteConfig({ statPrefix }, { scope }) {
    new LocalRateLimitStats(scope, statPrefix);
  },

  createFilterFactory(config, context) {
    const pool = new LimiterPool(context);
    pool.of(config);
    return () => new LocalRateLimitFilter(config, pool);
  },
});
