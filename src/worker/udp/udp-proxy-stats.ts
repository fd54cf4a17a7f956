import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';

/** `udp.<stat_prefix>.` */
export class UdpProxyStats {
  readonly idleTimeout: Counter;
  readonly sessActive: Gauge;
  readonly sessNoRoute: Counter;
  readonly sessRxBytes: Counter;
  readonly sessRxDatagrams: Counter;
  readonly sessRxErrors: Counter;
  readonly sessTotal: Counter;
  readonly sessTxBytes: Counter;
  readonly sessTxDatagrams: Counter;
  readonly sessTxErrors: Counter;

  constructor(root: Scope, statPrefix: string) {
    const scope = root.scope(`udp.${statPrefix}`);
    this.idleTimeout = scope.counter('idle_timeout');
    this.sessActive = scope.gauge('downstream_sess_active');
    this.sessNoRoute = scope.counter('downstream_sess_no_route');
    this.sessRxBytes = scope.counter('downstream_sess_rx_bytes');
    this.sessRxDatagrams = scope.counter('downstream_sess_rx_datagrams');
    this.sessRxErrors = scope.counter('downstream_sess_rx_errors');
    this.sessTotal = scope.counter('downstream_sess_total');
    this.sessTxBytes = scope.counter('downstream_sess_tx_bytes');
    this.sessTxDatagrams = scope.counter('downstream_sess_tx_datagrams');
    this.sessTxErrors = scope.counter('downstream_sess_tx_errors');
    // Of session filters that are discovered, which there are none of.
    scope.counter('session_filter_config_missing');
  }
}

/** `cluster.<name>.udp.` */
export class UdpClusterStats {
  readonly sessRxDatagrams: Counter;
  readonly sessRxDatagramsDropped: Counter;
  readonly sessRxErrors: Counter;
  readonly sessTxDatagrams: Counter;
  readonly sessTxErrors: Counter;

  constructor(clusterScope: Scope) {
    const counter = (name: string): Counter => clusterScope.counter(`udp.${name}`);
    this.sessRxDatagrams = counter('sess_rx_datagrams');
    this.sessRxDatagramsDropped = counter('sess_rx_datagrams_dropped');
    this.sessRxErrors = counter('sess_rx_errors');
    this.sessTxDatagrams = counter('sess_tx_datagrams');
    this.sessTxErrors = counter('sess_tx_errors');
    // Of tunnels, which there are none of.
    for (const name of ['sess_tunnel_buffer_overflow', 'sess_tunnel_failure', 'sess_tunnel_success']) counter(name);
  }
}
