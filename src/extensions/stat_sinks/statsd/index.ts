import type { StatsdSink } from '../../../../api/generated/envoy/config/metrics/v3/stats_pb.d.ts';
import { defineStatsSink } from '../../../../sdk/stats-sink.ts';
import { parseUdpSink } from '../../../common/stats/sinks/parse-udp-sink.ts';
import { plainLine } from '../../../common/stats/sinks/statsd-line.ts';
import { type UdpStatsdConfig, UdpStatsdSink } from '../../../common/stats/sinks/udp-statsd-sink.ts';

/** envoy.stat_sinks.statsd: statistics as datagrams of statsd. */
export const statsdSink = defineStatsSink<UdpStatsdConfig>({
  name: 'envoy.stat_sinks.statsd',
  configTypes: ['envoy.config.metrics.v3.StatsdSink'],
  parseConfig(message, ctx) {
    const config = message as StatsdSink;
    ctx.requireSupported(config, ['address', 'tcpClusterName', 'prefix', 'scaleHistogramUnitsToMilliseconds']);
    const { statsdSpecifier } = config;
    if (statsdSpecifier.case === 'tcpClusterName') return ctx.child('tcp_cluster_name').fail('is not supported yet');
    return parseUdpSink(statsdSpecifier.value, config, ctx);
  },
  createSink: (config, context) => new UdpStatsdSink(config, plainLine, context),
});
