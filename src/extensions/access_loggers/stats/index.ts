import type { Config } from '../../../../api/generated/envoy/extensions/access_loggers/stats/v3/stats_pb.d.ts';
import { defineAccessLogger } from '../../../../sdk/extension.ts';
import { parseStatsLog, type StatsLogConfig } from './config.ts';
import { StatsAccessLog } from './stats-access-log.ts';

/** Counters, gauges and histograms of one's own (envoy.extensions.access_loggers.stats.v3.Config). */
export const statsAccessLog = defineAccessLogger<StatsLogConfig>({
  name: 'envoy.access_loggers.stats',
  configTypes: ['envoy.extensions.access_loggers.stats.v3.Config'],
  parseConfig: (message, ctx) => parseStatsLog(message as Config, ctx),
  createAccessLog: (config, context) => new StatsAccessLog(config, context),
});
