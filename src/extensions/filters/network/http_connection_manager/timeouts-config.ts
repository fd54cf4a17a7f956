import type { Duration } from '@bufbuild/protobuf/wkt';
import type { HttpProtocolOptions } from '../../../../../api/generated/envoy/config/core/v3/protocol_pb.ts';
import type { HttpConnectionManager } from '../../../../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.ts';
import type { ConfigContext } from '../../../../../sdk/config.ts';
import type { AccessLogOptions, ConnectionManagerTimeouts } from '../../../../worker/http/connection-manager-config.ts';

const HOUR_MS = 3_600_000;
const STREAM_IDLE_MS = 300_000;
const DRAIN_MS = 5000;
const DELAYED_CLOSE_MS = 1000;

function ms(duration: Duration | undefined, fallbackMs: number): number {
  return duration === undefined ? fallbackMs : Number(duration.seconds) * 1000 + Math.floor(duration.nanos / 1e6);
}

export function parseTimeouts(
  config: HttpConnectionManager,
  common: HttpProtocolOptions | undefined,
): ConnectionManagerTimeouts {
  // stream_flush_timeout bounds what a codec holds back for a stream: HTTP/1 writes all through, as in Envoy.
  return {
    idleMs: ms(common?.idleTimeout, HOUR_MS),
    maxConnectionDurationMs: ms(common?.maxConnectionDuration, 0),
    maxStreamDurationMs: ms(common?.maxStreamDuration, 0),
    streamIdleMs: ms(config.streamIdleTimeout, STREAM_IDLE_MS),
    requestMs: ms(config.requestTimeout, 0),
    requestHeadersMs: ms(config.requestHeadersTimeout, 0),
    maxConnectionDurationJitter: (common?.maxConnectionDurationJitter?.value ?? 0) / 100,
    drainJitter: (config.drainTimeoutJitter?.value ?? 0) / 100,
    drainMs: ms(config.drainTimeout, DRAIN_MS),
    delayedCloseMs: ms(config.delayedCloseTimeout, DELAYED_CLOSE_MS),
  };
}

/** `access_log_options`, or the deprecated fields of the same meaning. */
export function parseAccessLogOptions(config: HttpConnectionManager, ctx: ConfigContext): AccessLogOptions | undefined {
  const { accessLogOptions: options, accessLogFlushInterval, flushAccessLogOnNewRequest } = config;
  if (options !== undefined && accessLogFlushInterval !== undefined) {
    ctx.error('Only one of access_log_flush_interval or access_log_options can be specified.');
  }
  if (options !== undefined && flushAccessLogOnNewRequest) {
    ctx.error('Only one of flush_access_log_on_new_request or access_log_options can be specified.');
  }
  const flushIntervalMs = ms(options?.accessLogFlushInterval ?? accessLogFlushInterval, 0);
  const flushOnNewRequest = options?.flushAccessLogOnNewRequest ?? flushAccessLogOnNewRequest;
  const flushOnTunnel = options?.flushLogOnTunnelSuccessfullyEstablished ?? false;
  if (flushIntervalMs === 0 && !flushOnNewRequest && !flushOnTunnel) return undefined;
  return { flushOnNewRequest, flushIntervalMs, flushOnTunnel };
}
