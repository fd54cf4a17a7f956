/** Where statistics go besides the admin pages (envoy/stats/sink.h): sinks, one object a thread. */
import type { Extension } from './extension.ts';
import type { Address } from './network.ts';
import type { HistogramUnit } from './stats.ts';
import type { SystemError } from './system-error.ts';
import type { UdpSocket } from './udp.ts';

export interface StatTag {
  readonly name: string;
  readonly value: string;
}

/** A statistic as a sink sees it; of counters and gauges it is another with the next call: nothing to keep. */
export interface SinkStat {
  readonly name: string;
  /** The name without the parts that became tags. */
  readonly extractedName: string;
  readonly tags: readonly StatTag[];
}

/** Hears of statistics that are in use and that `stats_config` keeps. */
export interface StatsSink extends Disposable {
  /** On the main thread, with every flush; `delta` was counted since the last one. */
  counter(stat: SinkStat, delta: number): void;
  /** On the main thread, with every flush. */
  gauge(stat: SinkStat, value: number): void;
  /** All counters and gauges of a flush were told. */
  endFlush(): void;
  /** On the thread that recorded it, at once; percentages are integers of which 1,000,000 are one percent. */
  sample(stat: SinkStat, unit: HistogramUnit, value: number): void;
}

export interface StatsSinkContext {
  connectUdp(address: Address): UdpSocket | SystemError;
}

export interface StatsSinkExtension<Config = unknown> extends Extension<'envoy.stats_sinks', Config> {
  /** Once a thread. */
  createSink(config: Config, context: StatsSinkContext): StatsSink;
}

export function defineStatsSink<C>(extension: Omit<StatsSinkExtension<C>, 'category'>): StatsSinkExtension<C> {
  return { category: 'envoy.stats_sinks', ...extension };
}
