import type { CorsPolicy as CorsPolicyProto } from '../../../../../api/generated/envoy/extensions/filters/http/cors/v3/cors_pb.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import type { CorsPolicy } from '../../../../../sdk/router.ts';
import { parseCorsPolicy } from '../../../../common/router/cors-policy.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { CorsFilter, CorsStats } from './filter.ts';

const NOTHING = Object.freeze({});

/** envoy.filters.http.cors: answers preflight requests and marks responses, by the policies of routes. */
export const cors = defineHttpFilter<typeof NOTHING, CorsPolicy>({
  name: 'envoy.filters.http.cors',
  configTypes: ['envoy.extensions.filters.http.cors.v3.Cors'],
  perRouteConfigTypes: ['envoy.extensions.filters.http.cors.v3.CorsPolicy'],

  parseConfig: () => NOTHING,

  parsePerRouteConfig: (message, ctx) => parseCorsPolicy(message as CorsPolicyProto, ctx),

  createFilterFactory(_config, { scope, statsPrefix, runtime }) {
    const stats = new CorsStats(new PrefixedStats(scope, `${statsPrefix}cors`));
    return () => new CorsFilter(stats, runtime);
  },
});
