import type { DogStatsdSink } from '../../../../api/generated/envoy/config/metrics/v3/stats_pb.d.ts';
import { defineStatsSink } from '../../../../sdk/stats-sink.ts';
import { parseUdpSink } from '../../../common/stats/sinks/parse-udp-sink.ts';
import { dogLine } from '../../../common/stats/sinks/statsd-line.ts';
import { type UdpStatsdConfig, UdpStatsdSink } from '../../../common/stats/sinks/udp-statsd-sink.ts';

/** envoy.stat_sinks.dog_statsd: statsd with tags, as DataDog reads it. */
export const dogStatsdSink = defineStatsSink<UdpStatsdConfig>({
  name: 'envoy.stat_sinks.dog_statsd',
  configTypes: ['envoy.config.metrics.v3.DogStatsdSink'],
  parseConfig(message, ctx) {
    const config = message as DogStatsdSink;
    ctx.requireSupported(config, ['address', 'prefix', 'maxBytesPerDatagram', 'scaleHistogramUnitsToMilliseconds']);
    return parseUdpSink(config.dogStatsdSpecifier.value, config, ctx);
  },
  createSink: (config, context) => new UdpStatsdSink(config, dogLine, context),
});
