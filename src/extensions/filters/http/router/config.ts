import type { Router } from '../../../../../api/generated/envoy/extensions/filters/http/router/v3/router_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { type AccessLogConfig, parseAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import { parseRouterFilters, type UpstreamFilterConfig } from '../../../../common/http/upstream-filters.ts';
import { durationMs } from '../../../../common/upstream/proto-values.ts';

/** A checked envoy.extensions.filters.http.router.v3.Router. */
export interface RouterOptions {
  readonly dynamicStats: boolean;
  readonly suppressEnvoyHeaders: boolean;
  readonly respectExpectedRqTimeout: boolean;
  readonly suppressGrpcRequestFailureCodeStats: boolean;
  readonly rejectConnectRequestEarlyData: boolean;
  /** In lower case; undefined = none. */
  readonly strictCheckHeaders: readonly string[] | undefined;
  readonly upstreamLogs: readonly AccessLogConfig[];
  /** Undefined when none is configured. */
  readonly upstreamFilters: readonly UpstreamFilterConfig[] | undefined;
  readonly flushOnUpstreamStream: boolean;
  /** 0 = at the end only. */
  readonly upstreamLogFlushIntervalMs: number;
}

export function parseRouter(config: Router, ctx: ConfigContext): RouterOptions {
  ctx.requireSupported(config, [
    'dynamicStats',
    'startChildSpan',
    'upstreamLog',
    'upstreamLogOptions',
    'suppressEnvoyHeaders',
    'strictCheckHeaders',
    'respectExpectedRqTimeout',
    'suppressGrpcRequestFailureCodeStats',
    'upstreamHttpFilters',
    'rejectConnectRequestEarlyData',
  ]);
  const { upstreamLogOptions } = config;
  return Object.freeze({
    dynamicStats: config.dynamicStats ?? true,
    suppressEnvoyHeaders: config.suppressEnvoyHeaders,
    respectExpectedRqTimeout: config.respectExpectedRqTimeout,
    suppressGrpcRequestFailureCodeStats: config.suppressGrpcRequestFailureCodeStats,
    rejectConnectRequestEarlyData: config.rejectConnectRequestEarlyData ?? false,
    strictCheckHeaders:
      config.strictCheckHeaders.length === 0 ? undefined : config.strictCheckHeaders.map((name) => name.toLowerCase()),
    upstreamLogs: parseAccessLogs(config.upstreamLog, ctx, 'upstream_log'),
    upstreamFilters: parseRouterFilters(config.upstreamHttpFilters, ctx),
    flushOnUpstreamStream: upstreamLogOptions?.flushUpstreamLogOnUpstreamStream ?? false,
    upstreamLogFlushIntervalMs: durationMs(upstreamLogOptions?.upstreamLogFlushInterval) ?? 0,
  });
}
