import type { ConnectionLimit as ConnectionLimitProto } from '../../../../../api/generated/envoy/extensions/filters/network/connection_limit/v3/connection_limit_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { defineNetworkFilter } from '../../../../../sdk/extension.ts';
import { parseFeatureFlag } from '../../../../common/runtime/feature-flag.ts';
import { durationMs } from '../../../../common/upstream/proto-values.ts';
import {
  type ConnectionLimit,
  type ConnectionLimitConfig,
  ConnectionLimitFilter,
  ConnectionLimitStats,
} from './filter.ts';

function parseConfig(config: ConnectionLimitProto, ctx: ConfigContext): ConnectionLimitConfig {
  const { maxConnections, statPrefix } = config;
  if (maxConnections === undefined) ctx.child('max_connections').error('Field is required but not set');
  return {
    identity: `${ctx.path} ${statPrefix}`,
    statPrefix,
    maxConnections: Number(maxConnections ?? 0),
    delayMs: Math.floor(durationMs(config.delay) ?? 0),
    enabled: parseFeatureFlag(config.runtimeEnabled),
  };
}

/** envoy.filters.network.connection_limit: so many connections at a time, of all threads. */
export const connectionLimit = defineNetworkFilter<ConnectionLimitConfig>({
  name: 'envoy.filters.network.connection_limit',
  configTypes: ['envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit'],
  parseConfig: (message, ctx) => parseConfig(message as ConnectionLimitProto, ctx),
  createFilterFactory(config, context) {
    const limit: ConnectionLimit = {
      config,
      stats: new ConnectionLimitStats(context.scope, config.statPrefix),
      runtime: context.runtime,
      connections: context.sharedCount(`connection_limit ${context.listenerName} ${config.identity}`),
    };
    return () => new ConnectionLimitFilter(limit);
  },
  isTerminal: () => false,
});
