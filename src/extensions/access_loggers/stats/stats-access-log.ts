import type { AccessLog, AccessLogType, LogContext, ServerFactoryContext } from '../../../../sdk/extension.ts';
import type { StreamInfo } from '../../../../sdk/stream-info.ts';
import type { CounterConfig, GaugeConfig, HistogramConfig, StatsLogConfig } from './config.ts';
import { InflightGauges } from './inflight-gauges.ts';
import { StatScope } from './stat-scope.ts';
import { Complaints, PERCENT_SCALE, readValue } from './stat-value.ts';
import { TaggedName } from './tagged-name.ts';

/** A configured statistic and the name that each line gives it. */
interface Live<C> {
  readonly config: C;
  readonly name: TaggedName;
}

const UNPAIRED =
  'Stats access logger gauge paired subtract was skipped due to no corresponding add, possibly due to misconfigured events';

/** Counts instead of writing lines. */
export class StatsAccessLog implements AccessLog {
  readonly #scope: StatScope;
  readonly #complaints: Complaints;
  readonly #histograms: readonly Live<HistogramConfig>[];
  readonly #counters: readonly Live<CounterConfig>[];
  readonly #gauges: readonly Live<GaugeConfig>[];

  constructor(config: StatsLogConfig, context: ServerFactoryContext) {
    const live = <C extends CounterConfig>(one: C): Live<C> => {
      return { config: one, name: new TaggedName(one.name, one.tags, context) };
    };
    this.#scope = scopeOf(config, context);
    this.#complaints = new Complaints(context);
    this.#histograms = config.histograms.map(live);
    this.#counters = config.counters.map(live);
    this.#gauges = config.gauges.map(live);
  }

  log(context: LogContext, streamInfo: StreamInfo): void {
    for (const { config, name } of this.#histograms) {
      const full = name.of(context, streamInfo);
      if (full === undefined) continue;
      const scale = config.unit === 'percent' ? PERCENT_SCALE : 1;
      const value = readValue(config.value, scale, context, streamInfo, this.#complaints);
      if (value !== undefined) this.#scope.histogram(full, config.unit)?.recordValue(value);
    }
    for (const { config, name } of this.#counters) {
      const full = name.of(context, streamInfo);
      if (full === undefined) continue;
      const value = readValue(config.value, 1, context, streamInfo, this.#complaints);
      if (value !== undefined) this.#scope.counter(full)?.add(value);
    }
    for (const gauge of this.#gauges) this.#change(gauge, context, streamInfo);
  }

  streamEnded(streamInfo: StreamInfo): void {
    if (!streamInfo.filterState.isEmpty) InflightGauges.known(streamInfo.filterState)?.end(this);
  }

  #change({ config, name }: Live<GaugeConfig>, context: LogContext, streamInfo: StreamInfo): void {
    if (!isAbout(config, context.accessLogType)) return;
    const full = name.of(context, streamInfo);
    if (full === undefined) return;
    const value = readValue(config.value, 1, context, streamInfo, this.#complaints);
    if (value === undefined) return;
    if (context.accessLogType === config.setAt) {
      this.#scope.sharedGauge(full)?.set(value);
      return;
    }
    const inflight = InflightGauges.of(streamInfo.filterState, this.#scope);
    if (context.accessLogType === config.addAt) inflight.add(full, value, this);
    else if (!inflight.subtract(full, value)) this.#complaints.tell(UNPAIRED, config.name);
  }
}

function isAbout({ setAt, addAt, subtractAt }: GaugeConfig, type: AccessLogType): boolean {
  return type === setAt || type === addAt || type === subtractAt;
}

function scopeOf({ scope, identity }: StatsLogConfig, context: ServerFactoryContext): StatScope {
  if (scope.sharingName === '') return new StatScope(scope, `stats log ${identity}`, context);
  const key = `stats logs ${JSON.stringify(scope)}`;
  return context.singleton(key, () => new StatScope(scope, key, context));
}
