import type { LocalRateLimit } from '../../../../../api/generated/envoy/extensions/filters/network/local_ratelimit/v3/local_rate_limit_pb.d.ts';
import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import type { FilterStatus, NetworkFilter, ReadFilterCallbacks } from '../../../../../sdk/network.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import {
  ConnectionRateLimit,
  type ConnectionRateLimitConfig,
  parseConnectionRateLimit,
} from '../../common/local_ratelimit/connection-rate-limit.ts';

/** Closes a new connection for which there is no token. */
class LocalRateLimitFilter implements NetworkFilter {
  readonly #limit: ConnectionRateLimit;
  #callbacks!: ReadFilterCallbacks;

  constructor(limit: ConnectionRateLimit) {
    this.#limit = limit;
  }

  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  onNewConnection(): FilterStatus {
    if (this.#limit.admits()) return 'Continue';
    const { connection } = this.#callbacks;
    connection.streamInfo.setResponseFlag('URX');
    connection.close('NoFlush', 'local_ratelimit_close_over_limit');
    return 'StopIteration';
  }
}

/** envoy.filters.network.local_ratelimit: so many new connections in a time, of all threads. */
export const networkLocalRateLimit = defineNetworkFilter<ConnectionRateLimitConfig>({
  name: 'envoy.filters.network.local_ratelimit',
  configTypes: ['envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit'],
  parseConfig: (message, ctx) => parseConnectionRateLimit(message as LocalRateLimit, ctx),
  createFilterFactory(config, context) {
    const counter = new PrefixedStats(context.scope, `local_rate_limit.${config.statPrefix}`).counter('rate_limited');
    const limit = new ConnectionRateLimit(config, context, counter);
    return () => new LocalRateLimitFilter(limit);
  },
  isTerminal: () => false,
});
