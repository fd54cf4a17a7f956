import type { LocalRateLimit } from '../../../../../api/generated/envoy/extensions/filters/listener/local_ratelimit/v3/local_ratelimit_pb.d.ts';
import { defineListenerFilter } from '../../../../../sdk/extension.ts';
import type { FilterStatus, ListenerFilter, ListenerFilterCallbacks } from '../../../../../sdk/network.ts';
import {
  ConnectionRateLimit,
  type ConnectionRateLimitConfig,
  parseConnectionRateLimit,
} from '../../common/local_ratelimit/connection-rate-limit.ts';

/** Closes an accepted socket for which there is no token. */
class LocalRateLimitFilter implements ListenerFilter {
  readonly maxReadBytes = 0;
  readonly #limit: ConnectionRateLimit;

  constructor(limit: ConnectionRateLimit) {
    this.#limit = limit;
  }

  onAccept(callbacks: ListenerFilterCallbacks): FilterStatus {
    if (this.#limit.admits()) return 'Continue';
    callbacks.continueFilterChain(false);
    return 'StopIteration';
  }
}

/** envoy.filters.listener.local_ratelimit: so many new sockets in a time, of all threads. */
export const listenerLocalRateLimit = defineListenerFilter<ConnectionRateLimitConfig>({
  name: 'envoy.filters.listener.local_ratelimit',
  configTypes: ['envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit'],
  parseConfig: (message, ctx) => parseConnectionRateLimit(message as LocalRateLimit, ctx),
  createFilterFactory(config, context) {
    const counter = context.scope.counter(`listener_local_ratelimit.${config.statPrefix}.rate_limited`);
    const limit = new ConnectionRateLimit(config, context, counter);
    return () => new LocalRateLimitFilter(limit);
  },
});
