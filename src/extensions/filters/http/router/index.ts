import type { Router } from '../../../../../api/generated/envoy/extensions/filters/http/router/v3/router_pb.d.ts';
import type { ServerFactoryContext } from '../../../../../sdk/extension.ts';
import { defineHttpFilter } from '../../../../../sdk/extension.ts';
import { createAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import { reportExtensionFault } from '../../../../common/extension-fault.ts';
import { createUpstreamFilterChain } from '../../../../worker/http/create-filter-chain.ts';
import { CodeStats } from '../../../../worker/router/code-stats.ts';
import {
  asyncClientStats,
  createRouterStats,
  type RouterConfig,
  type UpstreamLogs,
} from '../../../../worker/router/router-config.ts';
import { RouterFilter } from '../../../../worker/router/router-filter.ts';
import { TimeoutQueues } from '../../../../worker/router/timeout-queues.ts';
import { parseRouter, type RouterOptions } from './config.ts';

/** https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_filters/router_filter */
export const router = defineHttpFilter<RouterOptions>({
  name: 'envoy.filters.http.router',
  configTypes: ['envoy.extensions.filters.http.router.v3.Router'],
  terminal: true,
  parseConfig: (message, ctx) => parseRouter(message as Router, ctx),
  createFilterFactory(options, context) {
    let shadows: RouterConfig | undefined;
    const config: RouterConfig = {
      stats: createRouterStats(context.scope, context.statsPrefix),
      codeStats: new CodeStats(
        context.scope,
        context.localInfo.zone,
        context.singleton('cluster_code_stats', () => new WeakMap()),
      ),
      timeouts: context.singleton('router_timeouts', () => new TimeoutQueues(context.dispatcher)),
      clusterManager: context.clusterManager,
      runtime: context.runtime,
      random: context.random,
      localAddress: context.localInfo.address,
      forShadows: () => (shadows ??= { ...config, stats: asyncClientStats(context), overload: undefined }),
      dynamicStats: options.dynamicStats,
      suppressEnvoyHeaders: options.suppressEnvoyHeaders,
      respectExpectedRqTimeout: options.respectExpectedRqTimeout,
      suppressGrpcRequestFailureCodeStats: options.suppressGrpcRequestFailureCodeStats,
      rejectConnectRequestEarlyData: options.rejectConnectRequestEarlyData,
      overload: context.overload,
      strictCheckHeaders: options.strictCheckHeaders,
      upstreamLogs: createUpstreamLogs(options, context),
      upstreamHttpFilters: createUpstreamFilterChain(options.upstreamFilters, context),
      reportFilterFault: (error) =>
        reportExtensionFault(context, context.scope.scope(context.statsPrefix), 'an upstream HTTP filter', error),
    };
    return () => new RouterFilter(config);
  },
});

function createUpstreamLogs(options: RouterOptions, context: ServerFactoryContext): UpstreamLogs | undefined {
  if (options.upstreamLogs.length === 0) return undefined;
  return {
    accessLogs: createAccessLogs(options.upstreamLogs, context),
    flushOnUpstreamStream: options.flushOnUpstreamStream,
    flushIntervalMs: options.upstreamLogFlushIntervalMs,
  };
}
