/** Statistics under `cluster.<name>.` that workers write (Envoy's ALL_CLUSTER_TRAFFIC_STATS). */
import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';
import type { ClusterCounterName, ClusterGaugeName, ClusterTrafficStats } from '../../../sdk/upstream.ts';

/** @param scope of the cluster */
export function createTrafficStats(scope: Scope): ClusterTrafficStats {
  return {
    ...counters((name) => scope.counter(name)),
    ...gauges((name) => scope.gauge(name)),
    upstreamCxConnectMs: scope.histogram('upstream_cx_connect_ms', 'milliseconds'),
    upstreamCxLengthMs: scope.histogram('upstream_cx_length_ms', 'milliseconds'),
    upstreamRqPerCx: scope.histogram('upstream_rq_per_cx', 'unspecified'),
  };
}

/** Written out so that the objects have one fast shape. */
function counters(counter: (name: string) => Counter): Record<ClusterCounterName, Counter> {
  return {
    bindErrors: counter('bind_errors'),
    originalDstHostInvalid: counter('original_dst_host_invalid'),
    retryOrShadowAbandoned: counter('retry_or_shadow_abandoned'),
    upstreamCxCloseNotify: counter('upstream_cx_close_notify'),
    upstreamCxConnectAttemptsExceeded: counter('upstream_cx_connect_attempts_exceeded'),
    upstreamCxConnectFail: counter('upstream_cx_connect_fail'),
    upstreamCxConnectTimeout: counter('upstream_cx_connect_timeout'),
    upstreamCxConnectWith0Rtt: counter('upstream_cx_connect_with_0_rtt'),
    upstreamCxDestroy: counter('upstream_cx_destroy'),
    upstreamCxDestroyLocal: counter('upstream_cx_destroy_local'),
    upstreamCxDestroyLocalWithActiveRq: counter('upstream_cx_destroy_local_with_active_rq'),
    upstreamCxDestroyRemote: counter('upstream_cx_destroy_remote'),
    upstreamCxDestroyRemoteWithActiveRq: counter('upstream_cx_destroy_remote_with_active_rq'),
    upstreamCxDestroyWithActiveRq: counter('upstream_cx_destroy_with_active_rq'),
    upstreamCxHttp1Total: counter('upstream_cx_http1_total'),
    upstreamCxHttp2Total: counter('upstream_cx_http2_total'),
    upstreamCxHttp3Total: counter('upstream_cx_http3_total'),
    upstreamCxIdleTimeout: counter('upstream_cx_idle_timeout'),
    upstreamCxMaxDurationReached: counter('upstream_cx_max_duration_reached'),
    upstreamCxMaxRequests: counter('upstream_cx_max_requests'),
    upstreamCxNoneHealthy: counter('upstream_cx_none_healthy'),
    upstreamCxOverflow: counter('upstream_cx_overflow'),
    upstreamCxPoolOverflow: counter('upstream_cx_pool_overflow'),
    upstreamCxPreconnectSkipped: counter('upstream_cx_preconnect_skipped'),
    upstreamCxProtocolError: counter('upstream_cx_protocol_error'),
    upstreamCxRxBytesTotal: counter('upstream_cx_rx_bytes_total'),
    upstreamCxTotal: counter('upstream_cx_total'),
    upstreamCxTxBytesTotal: counter('upstream_cx_tx_bytes_total'),
    upstreamFlowControlBackedUpTotal: counter('upstream_flow_control_backed_up_total'),
    upstreamFlowControlDrainedTotal: counter('upstream_flow_control_drained_total'),
    upstreamFlowControlPausedReadingTotal: counter('upstream_flow_control_paused_reading_total'),
    upstreamFlowControlResumedReadingTotal: counter('upstream_flow_control_resumed_reading_total'),
    upstreamHttp3Broken: counter('upstream_http3_broken'),
    upstreamInternalRedirectFailedTotal: counter('upstream_internal_redirect_failed_total'),
    upstreamInternalRedirectSucceededTotal: counter('upstream_internal_redirect_succeeded_total'),
    upstreamRq0rtt: counter('upstream_rq_0rtt'),
    upstreamRqActiveOverflow: counter('upstream_rq_active_overflow'),
    upstreamRqCancelled: counter('upstream_rq_cancelled'),
    upstreamRqCompleted: counter('upstream_rq_completed'),
    upstreamRqMaintenanceMode: counter('upstream_rq_maintenance_mode'),
    upstreamRqMaxDurationReached: counter('upstream_rq_max_duration_reached'),
    upstreamRqPendingFailureEject: counter('upstream_rq_pending_failure_eject'),
    upstreamRqPendingOverflow: counter('upstream_rq_pending_overflow'),
    upstreamRqPendingTotal: counter('upstream_rq_pending_total'),
    upstreamRqPerTryIdleTimeout: counter('upstream_rq_per_try_idle_timeout'),
    upstreamRqPerTryTimeout: counter('upstream_rq_per_try_timeout'),
    upstreamRqRetry: counter('upstream_rq_retry'),
    upstreamRqRetryBackoffExponential: counter('upstream_rq_retry_backoff_exponential'),
    upstreamRqRetryBackoffRatelimited: counter('upstream_rq_retry_backoff_ratelimited'),
    upstreamRqRetryLimitExceeded: counter('upstream_rq_retry_limit_exceeded'),
    upstreamRqRetryOverflow: counter('upstream_rq_retry_overflow'),
    upstreamRqRetrySuccess: counter('upstream_rq_retry_success'),
    upstreamRqRxReset: counter('upstream_rq_rx_reset'),
    upstreamRqRxResetNoError: counter('upstream_rq_rx_reset_no_error'),
    upstreamRqTimeout: counter('upstream_rq_timeout'),
    upstreamRqTotal: counter('upstream_rq_total'),
    upstreamRqTxReset: counter('upstream_rq_tx_reset'),
  };
}

function gauges(gauge: (name: string) => Gauge): Record<ClusterGaugeName, Gauge> {
  return {
    upstreamCxActive: gauge('upstream_cx_active'),
    upstreamCxRxBytesBuffered: gauge('upstream_cx_rx_bytes_buffered'),
    upstreamCxTxBytesBuffered: gauge('upstream_cx_tx_bytes_buffered'),
    upstreamQueueOverloaded: gauge('upstream_queue_overloaded'),
    upstreamRqActive: gauge('upstream_rq_active'),
    upstreamRqPendingActive: gauge('upstream_rq_pending_active'),
  };
}
