import type { StatsSink, StatsSinkContext } from '../../../../sdk/stats-sink.ts';
import type { SampleTap, ThreadHistogram } from '../metrics.ts';
import type { CheckedStatsConfig } from '../stats-config.ts';
import { isTaggedStatName, readTaggedStatName } from '../tagged-stat-name.ts';
import { NamedStat } from './named-stat.ts';
import type { ConfiguredSink } from './parse-stats-sinks.ts';

/** The sinks of a thread. They hear of its samples from `open` on. */
export class ThreadSinks implements SampleTap, Disposable {
  #sinks: readonly StatsSink[] = [];
  #config: CheckedStatsConfig | undefined = undefined;
  /** What the configuration does not keep is undefined. */
  readonly #stats = new WeakMap<ThreadHistogram, NamedStat | undefined>();

  /** @param config `stats_config` */
  open(sinks: readonly ConfiguredSink[], config: CheckedStatsConfig, context: StatsSinkContext): void {
    this.#config = config;
    this.#sinks = sinks.map(({ extension, config: of }) => extension.createSink(of, context));
  }

  get all(): readonly StatsSink[] {
    return this.#sinks;
  }

  sample(histogram: ThreadHistogram, value: number): void {
    const stat = this.#stats.get(histogram) ?? this.#learn(histogram);
    if (stat === undefined) return;
    for (const sink of this.#sinks) sink.sample(stat, histogram.unit, value);
  }

  [Symbol.dispose](): void {
    for (const sink of this.#sinks) sink[Symbol.dispose]();
    this.#sinks = [];
  }

  #learn(histogram: ThreadHistogram): NamedStat | undefined {
    if (this.#config === undefined || this.#stats.has(histogram)) return undefined;
    const { options, tags } = this.#config;
    const own = isTaggedStatName(histogram.name) ? readTaggedStatName(histogram.name) : undefined;
    const name = own?.name ?? histogram.name;
    const stat = options.accepts(name) ? new NamedStat(name, tags, own) : undefined;
    this.#stats.set(histogram, stat);
    return stat;
  }
}
