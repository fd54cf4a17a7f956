import type { HealthCheck as HealthCheckProto } from '../../../../../api/generated/envoy/extensions/filters/http/health_check/v3/health_check_pb.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import { type HeaderMatcher, parseHeaderMatchers } from '../../../../common/matcher/header-matcher.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { HealthCheckCache } from './cache.ts';
import { HealthCheckFilter, HealthCheckStats } from './filter.ts';

export interface HealthCheckConfig {
  readonly passThroughMode: boolean;
  /** 0 = answers are not kept. */
  readonly cacheTimeMs: number;
  /** Percent by cluster. */
  readonly clusterMinHealthyPercentages: ReadonlyMap<string, number>;
  readonly headers: readonly HeaderMatcher[];
}

/** envoy.filters.http.health_check: answers health checks for the whole server, or for what is behind it. */
export const healthCheck = defineHttpFilter<HealthCheckConfig>({
  name: 'envoy.filters.http.health_check',
  configTypes: ['envoy.extensions.filters.http.health_check.v3.HealthCheck'],

  parseConfig(message, ctx) {
    const config = message as HealthCheckProto;
    const { cacheTime } = config;
    const passThroughMode = config.passThroughMode ?? false;
    const cacheTimeMs =
      cacheTime === undefined ? 0 : Number(cacheTime.seconds) * 1000 + Math.floor(cacheTime.nanos / 1e6);
    if (!passThroughMode && cacheTimeMs > 0)
      ctx.error('cache_time_ms must not be set when path_through_mode is disabled');
    const percentages = Object.entries(config.clusterMinHealthyPercentages).map(
      ([name, { value }]) => [name, value] as const,
    );
    return Object.freeze({
      passThroughMode,
      cacheTimeMs,
      clusterMinHealthyPercentages: new Map(percentages),
      headers: parseHeaderMatchers(config.headers, ctx),
    });
  },

  createFilterFactory(config, context) {
    const shared = {
      config,
      context,
      stats: new HealthCheckStats(new PrefixedStats(context.scope, `${context.statsPrefix}health_check`)),
      cache: config.cacheTimeMs > 0 ? new HealthCheckCache(context.dispatcher, config.cacheTimeMs) : undefined,
    };
    return () => new HealthCheckFilter(shared);
  },
});
