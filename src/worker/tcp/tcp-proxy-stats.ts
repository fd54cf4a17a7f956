import type { ConnectionStats } from '../../../sdk/network.ts';
import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';

/** `tcp.<stat_prefix>.` */
export class TcpProxyStats {
  readonly downstreamCxTotal: Counter;
  readonly downstreamCxNoRoute: Counter;
  readonly downstreamCxDrainClose: Counter;
  readonly earlyDataReceivedCountTotal: Counter;
  readonly idleTimeout: Counter;
  readonly maxDownstreamConnectionDuration: Counter;
  readonly downstreamFlowControlPausedReadingTotal: Counter;
  readonly downstreamFlowControlResumedReadingTotal: Counter;
  readonly upstreamFlushTotal: Counter;
  readonly upstreamFlushActive: Gauge;
  readonly connection: ConnectionStats;

  constructor(root: Scope, statPrefix: string) {
    const scope = root.scope(`tcp.${statPrefix}`);
    this.downstreamCxTotal = scope.counter('downstream_cx_total');
    this.downstreamCxNoRoute = scope.counter('downstream_cx_no_route');
    this.downstreamCxDrainClose = scope.counter('downstream_cx_drain_close');
    this.earlyDataReceivedCountTotal = scope.counter('early_data_received_count_total');
    this.idleTimeout = scope.counter('idle_timeout');
    this.maxDownstreamConnectionDuration = scope.counter('max_downstream_connection_duration');
    this.downstreamFlowControlPausedReadingTotal = scope.counter('downstream_flow_control_paused_reading_total');
    this.downstreamFlowControlResumedReadingTotal = scope.counter('downstream_flow_control_resumed_reading_total');
    this.upstreamFlushTotal = scope.counter('upstream_flush_total');
    this.upstreamFlushActive = scope.gauge('upstream_flush_active');
    this.connection = {
      readTotal: scope.counter('downstream_cx_rx_bytes_total'),
      readCurrent: scope.gauge('downstream_cx_rx_bytes_buffered'),
      writeTotal: scope.counter('downstream_cx_tx_bytes_total'),
      writeCurrent: scope.gauge('downstream_cx_tx_bytes_buffered'),
    };
    // Of what is not configurable here yet: they stay 0, and are listed all the same.
    for (const name of ['downstream_cx_overload_close', 'route_delayed_total']) scope.counter(name);
  }
}
