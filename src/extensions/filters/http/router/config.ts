import type { Router } from '../../../../../api/generated/envoy/extensions/filters/http/router/v3/router_pb.d.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import { type AccessLogConfig, parseAccessLogs } from '../../../../common/access-log/access-log-config.ts';
import { durationMs } from '../../../../common/upstream/proto-values.ts';

/** A checked envoy.extensions.filters.http.router.v3.Router. */
export interface RouterOptions {
  readonly dynamicStats: boolean;
  readonly suppressEnvoyHeaders: boolean;
  readonly respectExpectedRqTimeout: boolean;
  readonly suppressGrpcRequestFailureCodeStats: boolean;
  /** In lower case; undefined = none. */
  readonly strictCheckHeaders: readonly string[] | undefined;
  readonly upstreamLogs: readonly AccessLogConfig[];
  readonly flushOnUpstreamStream: boolean;
  /** 0 = at the end only. */
  readonly upstreamLogFlushIntervalMs: number;
}

/** The filter that stands for the upstream's codec: alone, it is what there is without a list. */
const UPSTREAM_CODEC = 'envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec';

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
  checkUpstreamFilters(config, ctx);
  const { upstreamLogOptions } = config;
  return Object.freeze({
    dynamicStats: config.dynamicStats ?? true,
    suppressEnvoyHeaders: config.suppressEnvoyHeaders,
    respectExpectedRqTimeout: config.respectExpectedRqTimeout,
    suppressGrpcRequestFailureCodeStats: config.suppressGrpcRequestFailureCodeStats,
    strictCheckHeaders:
      config.strictCheckHeaders.length === 0 ? undefined : config.strictCheckHeaders.map((name) => name.toLowerCase()),
    upstreamLogs: parseAccessLogs(config.upstreamLog, ctx, 'upstream_log'),
    flushOnUpstreamStream: upstreamLogOptions?.flushUpstreamLogOnUpstreamStream ?? false,
    upstreamLogFlushIntervalMs: durationMs(upstreamLogOptions?.upstreamLogFlushInterval) ?? 0,
  });
}

function checkUpstreamFilters({ upstreamHttpFilters: filters }: Router, ctx: ConfigContext): void {
  for (const [i, { configType }] of filters.entries()) {
    const type = configType.case === 'typedConfig' ? configType.value.typeUrl.split('/').at(-1) : undefined;
    if (type === UPSTREAM_CODEC && i === filters.length - 1) continue;
    ctx
      .child('upstream_http_filters', i)
      .error(`upstream HTTP filters are not supported yet, but for ${UPSTREAM_CODEC}`);
  }
}
