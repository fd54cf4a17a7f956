import type { Counter, Gauge, Histogram, Scope } from '../../../sdk/stats.ts';

/** `listener.<address>.` on one worker, and its own part `worker_<n>.`. */
export class ListenerStats {
  readonly cxActive: Gauge;
  readonly cxDestroy: Counter;
  readonly cxOverflow: Counter;
  readonly globalCxOverflow: Counter;
  readonly cxOverloadReject: Counter;
  readonly cxTotal: Counter;
  readonly cxTransportSocketConnectTimeout: Counter;
  readonly preCxActive: Gauge;
  readonly preCxTimeout: Counter;
  readonly listenerFilterError: Counter;
  readonly listenerFilterRemoteClose: Counter;
  readonly noFilterChainMatch: Counter;
  readonly cxLengthMs: Histogram;
  /** The engines tell of each accepted socket by itself. */
  readonly cxAcceptedPerSocketEvent: Histogram;
  readonly perWorkerCxActive: Gauge;
  readonly perWorkerCxTotal: Counter;
  /** Of listeners for datagrams. */
  readonly udpRxDatagramDropped: Counter | undefined;

  /** @param handlerName `worker_<n>.`, or `main_thread.` for the admin listener. */
  constructor(scope: Scope, handlerName: string, isUdp = false) {
    this.cxActive = scope.gauge('downstream_cx_active');
    this.cxDestroy = scope.counter('downstream_cx_destroy');
    this.cxOverflow = scope.counter('downstream_cx_overflow');
    this.globalCxOverflow = scope.counter('downstream_global_cx_overflow');
    this.cxTotal = scope.counter('downstream_cx_total');
    this.cxTransportSocketConnectTimeout = scope.counter('downstream_cx_transport_socket_connect_timeout');
    this.preCxActive = scope.gauge('downstream_pre_cx_active');
    this.preCxTimeout = scope.counter('downstream_pre_cx_timeout');
    this.listenerFilterError = scope.counter('downstream_listener_filter_error');
    this.listenerFilterRemoteClose = scope.counter('downstream_listener_filter_remote_close');
    this.noFilterChainMatch = scope.counter('no_filter_chain_match');
    this.cxLengthMs = scope.histogram('downstream_cx_length_ms', 'milliseconds');
    this.perWorkerCxActive = scope.gauge(`${handlerName}.downstream_cx_active`);
    this.perWorkerCxTotal = scope.counter(`${handlerName}.downstream_cx_total`);
    this.udpRxDatagramDropped = isUdp ? scope.counter('udp.downstream_rx_datagram_dropped') : undefined;
    this.cxOverloadReject = scope.counter('downstream_cx_overload_reject');
    // Of filters that are discovered, which the admin listener's never are.
    if (handlerName !== 'main_thread') {
      scope.counter('extension_config_missing');
      scope.counter('network_extension_config_missing');
    }
    this.cxAcceptedPerSocketEvent = scope.histogram('connections_accepted_per_socket_event', 'unspecified');
  }
}
