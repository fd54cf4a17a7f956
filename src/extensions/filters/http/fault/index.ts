import type { HTTPFault } from '../../../../../api/generated/envoy/extensions/filters/http/fault/v3/fault_pb.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { type FaultConfig, parseFault } from './config.ts';
import { FaultFilter } from './filter.ts';
import { FaultStats } from './stats.ts';

/** envoy.filters.http.fault: delays and aborts requests, slows responses down. */
export const fault = defineHttpFilter<FaultConfig, FaultConfig>({
  name: 'envoy.filters.http.fault',
  configTypes: ['envoy.extensions.filters.http.fault.v3.HTTPFault'],

  parseConfig: (message, ctx) => parseFault(message as HTTPFault, ctx),

  parsePerRouteConfig: (message, ctx) => parseFault(message as HTTPFault, ctx),

  createFilterFactory(config, { scope, statsPrefix, runtime, dispatcher }) {
    const shared = {
      config,
      runtime,
      dispatcher,
      stats: new FaultStats(new PrefixedStats(scope, `${statsPrefix}fault`)),
    };
    return () => new FaultFilter(shared);
  },
});
