import type { ConnectionStats } from '../../../sdk/network.ts';
import type { Counter, Gauge, Histogram, Scope } from '../../../sdk/stats.ts';

/** `http.<stat_prefix>.` as Envoy's ALL_HTTP_CONN_MAN_STATS names them; all exist from the start. */
export class ConnectionManagerStats {
  readonly downstreamCxDelayedCloseTimeout: Counter;
  readonly downstreamCxDestroy: Counter;
  readonly downstreamCxDestroyActiveRq: Counter;
  readonly downstreamCxDestroyLocal: Counter;
  readonly downstreamCxDestroyLocalActiveRq: Counter;
  readonly downstreamCxDestroyRemote: Counter;
  readonly downstreamCxDestroyRemoteActiveRq: Counter;
  readonly downstreamCxDrainClose: Counter;
  readonly downstreamCxHttp1SoftDrain: Gauge;
  readonly downstreamCxHttp1Total: Counter;
  readonly downstreamCxHttp2Total: Counter;
  readonly downstreamCxHttp3Total: Counter;
  readonly downstreamCxIdleTimeout: Counter;
  readonly downstreamCxMaxDurationReached: Counter;
  readonly downstreamCxMaxRequestsReached: Counter;
  readonly downstreamCxOverloadDisableKeepalive: Counter;
  readonly downstreamCxProtocolError: Counter;
  readonly downstreamCxRxBytesTotal: Counter;
  readonly downstreamCxSslTotal: Counter;
  readonly downstreamCxTotal: Counter;
  readonly downstreamCxTxBytesTotal: Counter;
  readonly downstreamCxUpgradesTotal: Counter;
  readonly downstreamFlowControlPausedReadingTotal: Counter;
  readonly downstreamFlowControlResumedReadingTotal: Counter;
  readonly downstreamRq1xx: Counter;
  readonly downstreamRq2xx: Counter;
  readonly downstreamRq3xx: Counter;
  readonly downstreamRq4xx: Counter;
  readonly downstreamRq5xx: Counter;
  readonly downstreamRqCompleted: Counter;
  readonly downstreamRqFailedPathNormalization: Counter;
  readonly downstreamRqHeaderTimeout: Counter;
  readonly downstreamRqHttp1Total: Counter;
  readonly downstreamRqHttp2Total: Counter;
  readonly downstreamRqHttp3Total: Counter;
  readonly downstreamRqIdleTimeout: Counter;
  readonly downstreamRqMaxDurationReached: Counter;
  readonly downstreamRqNonRelativePath: Counter;
  readonly downstreamRqOverloadClose: Counter;
  readonly downstreamRqRedirectedWithNormalizedPath: Counter;
  readonly downstreamRqRejectedViaIpDetection: Counter;
  readonly downstreamRqResponseBeforeRqComplete: Counter;
  readonly downstreamRqRxReset: Counter;
  readonly downstreamRqTimeout: Counter;
  readonly downstreamRqTooLarge: Counter;
  readonly downstreamRqTooManyPrematureResets: Counter;
  readonly downstreamRqTotal: Counter;
  readonly downstreamRqTxReset: Counter;
  readonly downstreamRqWsOnNonWsRoute: Counter;
  readonly rsTooLarge: Counter;
  readonly downstreamCxActive: Gauge;
  readonly downstreamCxHttp1Active: Gauge;
  readonly downstreamCxHttp2Active: Gauge;
  readonly downstreamCxHttp3Active: Gauge;
  readonly downstreamCxRxBytesBuffered: Gauge;
  readonly downstreamCxSslActive: Gauge;
  readonly downstreamCxTxBytesBuffered: Gauge;
  readonly downstreamCxUpgradesActive: Gauge;
  readonly downstreamRqActive: Gauge;
  readonly downstreamCxLengthMs: Histogram;
  readonly downstreamRqTime: Histogram;

  /** What the connection itself counts for us. */
  readonly connection: ConnectionStats;

  /** @param scope the one of `http.<stat_prefix>`. */
  constructor(scope: Scope) {
    const counter = (name: string) => scope.counter(name);
    this.downstreamCxDelayedCloseTimeout = counter('downstream_cx_delayed_close_timeout');
    this.downstreamCxDestroy = counter('downstream_cx_destroy');
    this.downstreamCxDestroyActiveRq = counter('downstream_cx_destroy_active_rq');
    this.downstreamCxDestroyLocal = counter('downstream_cx_destroy_local');
    this.downstreamCxDestroyLocalActiveRq = counter('downstream_cx_destroy_local_active_rq');
    this.downstreamCxDestroyRemote = counter('downstream_cx_destroy_remote');
    this.downstreamCxDestroyRemoteActiveRq = counter('downstream_cx_destroy_remote_active_rq');
    this.downstreamCxDrainClose = counter('downstream_cx_drain_close');
    this.downstreamCxHttp1SoftDrain = scope.gauge('downstream_cx_http1_soft_drain');
    this.downstreamCxHttp1Total = counter('downstream_cx_http1_total');
    this.downstreamCxHttp2Total = counter('downstream_cx_http2_total');
    this.downstreamCxHttp3Total = counter('downstream_cx_http3_total');
    this.downstreamCxIdleTimeout = counter('downstream_cx_idle_timeout');
    this.downstreamCxMaxDurationReached = counter('downstream_cx_max_duration_reached');
    this.downstreamCxMaxRequestsReached = counter('downstream_cx_max_requests_reached');
    this.downstreamCxOverloadDisableKeepalive = counter('downstream_cx_overload_disable_keepalive');
    this.downstreamCxProtocolError = counter('downstream_cx_protocol_error');
    this.downstreamCxRxBytesTotal = counter('downstream_cx_rx_bytes_total');
    this.downstreamCxSslTotal = counter('downstream_cx_ssl_total');
    this.downstreamCxTotal = counter('downstream_cx_total');
    this.downstreamCxTxBytesTotal = counter('downstream_cx_tx_bytes_total');
    this.downstreamCxUpgradesTotal = counter('downstream_cx_upgrades_total');
    this.downstreamFlowControlPausedReadingTotal = counter('downstream_flow_control_paused_reading_total');
    this.downstreamFlowControlResumedReadingTotal = counter('downstream_flow_control_resumed_reading_total');
    this.downstreamRq1xx = counter('downstream_rq_1xx');
    this.downstreamRq2xx = counter('downstream_rq_2xx');
    this.downstreamRq3xx = counter('downstream_rq_3xx');
    this.downstreamRq4xx = counter('downstream_rq_4xx');
    this.downstreamRq5xx = counter('downstream_rq_5xx');
    this.downstreamRqCompleted = counter('downstream_rq_completed');
    this.downstreamRqFailedPathNormalization = counter('downstream_rq_failed_path_normalization');
    this.downstreamRqHeaderTimeout = counter('downstream_rq_header_timeout');
    this.downstreamRqHttp1Total = counter('downstream_rq_http1_total');
    this.downstreamRqHttp2Total = counter('downstream_rq_http2_total');
    this.downstreamRqHttp3Total = counter('downstream_rq_http3_total');
    this.downstreamRqIdleTimeout = counter('downstream_rq_idle_timeout');
    this.downstreamRqMaxDurationReached = counter('downstream_rq_max_duration_reached');
    this.downstreamRqNonRelativePath = counter('downstream_rq_non_relative_path');
    this.downstreamRqOverloadClose = counter('downstream_rq_overload_close');
    this.downstreamRqRedirectedWithNormalizedPath = counter('downstream_rq_redirected_with_normalized_path');
    this.downstreamRqRejectedViaIpDetection = counter('downstream_rq_rejected_via_ip_detection');
    this.downstreamRqResponseBeforeRqComplete = counter('downstream_rq_response_before_rq_complete');
    this.downstreamRqRxReset = counter('downstream_rq_rx_reset');
    this.downstreamRqTimeout = counter('downstream_rq_timeout');
    this.downstreamRqTooLarge = counter('downstream_rq_too_large');
    this.downstreamRqTooManyPrematureResets = counter('downstream_rq_too_many_premature_resets');
    this.downstreamRqTotal = counter('downstream_rq_total');
    this.downstreamRqTxReset = counter('downstream_rq_tx_reset');
    this.downstreamRqWsOnNonWsRoute = counter('downstream_rq_ws_on_non_ws_route');
    this.rsTooLarge = counter('rs_too_large');
    this.downstreamCxActive = scope.gauge('downstream_cx_active');
    this.downstreamCxHttp1Active = scope.gauge('downstream_cx_http1_active');
    this.downstreamCxHttp2Active = scope.gauge('downstream_cx_http2_active');
    this.downstreamCxHttp3Active = scope.gauge('downstream_cx_http3_active');
    this.downstreamCxRxBytesBuffered = scope.gauge('downstream_cx_rx_bytes_buffered');
    this.downstreamCxSslActive = scope.gauge('downstream_cx_ssl_active');
    this.downstreamCxTxBytesBuffered = scope.gauge('downstream_cx_tx_bytes_buffered');
    this.downstreamCxUpgradesActive = scope.gauge('downstream_cx_upgrades_active');
    this.downstreamRqActive = scope.gauge('downstream_rq_active');
    this.downstreamCxLengthMs = scope.histogram('downstream_cx_length_ms', 'milliseconds');
    this.downstreamRqTime = scope.histogram('downstream_rq_time', 'milliseconds');
    this.connection = connectionStats(this);
  }

  /** Books a response by its status, for the connection manager and for the listener. */
  chargeCode(status: number, listener: CodeStats): void {
    this.downstreamRqCompleted.inc();
    listener.downstreamRqCompleted.inc();
    if (status < 100) return;
    if (status < 200) count(this.downstreamRq1xx, listener.downstreamRq1xx);
    else if (status < 300) count(this.downstreamRq2xx, listener.downstreamRq2xx);
    else if (status < 400) count(this.downstreamRq3xx, listener.downstreamRq3xx);
    else if (status < 500) count(this.downstreamRq4xx, listener.downstreamRq4xx);
    else if (status < 600) count(this.downstreamRq5xx, listener.downstreamRq5xx);
  }
}

function count(ours: Counter, ofListener: Counter): void {
  ours.inc();
  ofListener.inc();
}

function connectionStats(stats: ConnectionManagerStats): ConnectionStats {
  return {
    readTotal: stats.downstreamCxRxBytesTotal,
    readCurrent: stats.downstreamCxRxBytesBuffered,
    writeTotal: stats.downstreamCxTxBytesTotal,
    writeCurrent: stats.downstreamCxTxBytesBuffered,
    delayedCloseTimeouts: stats.downstreamCxDelayedCloseTimeout,
  };
}

/** `listener.<address>.http.<stat_prefix>.` */
export class CodeStats {
  readonly downstreamRqCompleted: Counter;
  readonly downstreamRq1xx: Counter;
  readonly downstreamRq2xx: Counter;
  readonly downstreamRq3xx: Counter;
  readonly downstreamRq4xx: Counter;
  readonly downstreamRq5xx: Counter;

  constructor(scope: Scope) {
    this.downstreamRqCompleted = scope.counter('downstream_rq_completed');
    this.downstreamRq1xx = scope.counter('downstream_rq_1xx');
    this.downstreamRq2xx = scope.counter('downstream_rq_2xx');
    this.downstreamRq3xx = scope.counter('downstream_rq_3xx');
    this.downstreamRq4xx = scope.counter('downstream_rq_4xx');
    this.downstreamRq5xx = scope.counter('downstream_rq_5xx');
  }
}

/** `http.<stat_prefix>.` of a connection manager with record_route_resolution_stats. */
export class RouteResolutionStats {
  readonly downstreamRqRouteResolutions: Histogram;
  readonly downstreamRqRouteResolutionTimeUs: Histogram;

  constructor(scope: Scope) {
    this.downstreamRqRouteResolutions = scope.histogram('downstream_rq_route_resolutions', 'unspecified');
    this.downstreamRqRouteResolutionTimeUs = scope.histogram('downstream_rq_route_resolution_time_us', 'microseconds');
  }

  /** Of one stream: how often it looked for its route, and how long in all. */
  record(resolutions: number, ms: number): void {
    this.downstreamRqRouteResolutions.recordValue(resolutions);
    this.downstreamRqRouteResolutionTimeUs.recordValue(Math.floor(ms * 1000));
  }
}

/** `http.<stat_prefix>.tracing.` */
export class TracingStats {
  readonly clientEnabled: Counter;
  readonly healthCheck: Counter;
  readonly notTraceable: Counter;
  readonly randomSampling: Counter;
  readonly serviceForced: Counter;

  constructor(scope: Scope) {
    this.clientEnabled = scope.counter('tracing.client_enabled');
    this.healthCheck = scope.counter('tracing.health_check');
    this.notTraceable = scope.counter('tracing.not_traceable');
    this.randomSampling = scope.counter('tracing.random_sampling');
    this.serviceForced = scope.counter('tracing.service_forced');
  }
}
