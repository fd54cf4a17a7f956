import type { Counter, Gauge, Histogram, Scope } from '../../../../sdk/stats.ts';
import type { TcpInfo } from '../../../common/network/tcp-info.ts';

/** Envoy counts percents in millionths. */
const percentScale = 1_000_000;

const counters = {
  cx_tx_segments: 'sentSegments',
  cx_rx_segments: 'receivedSegments',
  cx_tx_data_segments: 'sentDataSegments',
  cx_rx_data_segments: 'receivedDataSegments',
  cx_tx_retransmitted_segments: 'retransmittedSegments',
  cx_rx_bytes_received: 'receivedBytes',
  cx_tx_bytes_sent: 'sentBytes',
} as const satisfies Record<string, keyof TcpInfo>;

const gauges = {
  cx_tx_unsent_bytes: 'unsentBytes',
  cx_tx_unacked_segments: 'unackedSegments',
} as const satisfies Record<string, keyof TcpInfo>;

/** Microseconds. */
const histograms = {
  cx_rtt_us: 'roundTrip',
  cx_rtt_variance_us: 'roundTripVariance',
} as const satisfies Record<string, keyof TcpInfo>;

type Field = keyof TcpInfo;

/** `tcp_stats.…` of a listener or cluster, by Envoy's names. */
export class TcpStats {
  readonly #counters: readonly (readonly [Counter, Field])[];
  readonly #gauges: readonly (readonly [Gauge, Field])[];
  readonly #histograms: readonly (readonly [Histogram, Field])[];
  readonly #retransmitted: Histogram;

  constructor(scope: Scope) {
    const named = (name: string): string => `tcp_stats.${name}`;
    this.#counters = Object.entries(counters).map(([name, field]) => [scope.counter(named(name)), field]);
    this.#gauges = Object.entries(gauges).map(([name, field]) => [scope.gauge(named(name)), field]);
    this.#histograms = Object.entries(histograms).map(([name, field]) => [
      scope.histogram(named(name), 'microseconds'),
      field,
    ]);
    this.#retransmitted = scope.histogram(named('cx_tx_percent_retransmitted_segments'), 'percent');
  }

  /** What has changed since `last`, which is of the same connection. */
  record(info: TcpInfo, last: TcpInfo | undefined): void {
    this.#recordRetransmitted(info, last);
    for (const [counter, field] of this.#counters) {
      const more = info[field] - (last?.[field] ?? 0);
      if (more > 0) counter.add(more);
    }
    for (const [gauge, field] of this.#gauges) gauge.add(info[field] - (last?.[field] ?? 0));
    for (const [histogram, field] of this.#histograms) histogram.recordValue(info[field]);
  }

  /** A connection is gone, whatever it had under way. */
  forget(last: TcpInfo): void {
    for (const [gauge, field] of this.#gauges) gauge.sub(last[field]);
  }

  #recordRetransmitted(info: TcpInfo, last: TcpInfo | undefined): void {
    const sent = info.sentDataSegments - (last?.sentDataSegments ?? 0);
    const again = info.retransmittedSegments - (last?.retransmittedSegments ?? 0);
    if (sent > 0 && again >= 0) this.#retransmitted.recordValue(Math.floor((again * percentScale) / sent));
  }
}
