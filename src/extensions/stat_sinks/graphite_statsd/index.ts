import type { GraphiteStatsdSink } from '../../../../api/generated/envoy/extensions/stat_sinks/graphite_statsd/v3/graphite_statsd_pb.d.ts';
import { defineStatsSink } from '../../../../sdk/stats-sink.ts';
import { parseUdpSink } from '../../../common/stats/sinks/parse-udp-sink.ts';
import { graphiteLine } from '../../../common/stats/sinks/statsd-line.ts';
import { type UdpStatsdConfig, UdpStatsdSink } from '../../../common/stats/sinks/udp-statsd-sink.ts';

/** envoy.stat_sinks.graphite_statsd: statsd with tags, as Graphite reads it. */
export const graphiteStatsdSink = defineStatsSink<UdpStatsdConfig>({
  name: 'envoy.stat_sinks.graphite_statsd',
  configTypes: ['envoy.extensions.stat_sinks.graphite_statsd.v3.GraphiteStatsdSink'],
  parseConfig(message, ctx) {
    const config = message as GraphiteStatsdSink;
    ctx.requireSupported(config, ['address', 'prefix', 'maxBytesPerDatagram', 'scaleHistogramUnitsToMilliseconds']);
    return parseUdpSink(config.statsdSpecifier.value, config, ctx);
  },
  createSink: (config, context) => new UdpStatsdSink(config, graphiteLine, context),
});
