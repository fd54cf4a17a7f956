import type {
  Config,
  Config_Counter,
  Config_Gauge,
  Config_Histogram,
  Config_Stat,
} from '../../../../api/generated/envoy/extensions/access_loggers/stats/v3/stats_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';
import type { AccessLogType } from '../../../../sdk/extension.ts';
import type { MatchTreeFactory, StatTagMatchingData } from '../../../../sdk/matching.ts';
import type { HistogramUnit } from '../../../../sdk/stats.ts';
import { ACCESS_LOG_TYPES } from '../../../common/access-log/access-log-filter.ts';
import { builtinCommands } from '../../../common/formatter/commands/builtin-commands.ts';
import { parseFormatParts } from '../../../common/formatter/format-parser.ts';
import { type Formatter, parseFormat } from '../../../common/formatter/formatter.ts';
import type { FormatProvider } from '../../../common/formatter/provider.ts';
import { parseScope, type ScopeConfig } from './scope-config.ts';
import { parseTagRules, type TagAction } from './tag-rules.ts';

export interface TagConfig {
  readonly name: string;
  readonly formatter: Formatter;
  readonly rules: MatchTreeFactory<StatTagMatchingData, TagAction> | undefined;
}

/** A number that stands, or what reads one of each line. */
export type ValueConfig = number | FormatProvider;

interface StatConfig {
  readonly name: string;
  readonly tags: readonly TagConfig[];
  readonly value: ValueConfig;
}

export type CounterConfig = StatConfig;
export interface HistogramConfig extends StatConfig {
  readonly unit: HistogramUnit;
}
/** `set` at lines of one type, or added at those of one and taken back at those of another. */
export interface GaugeConfig extends StatConfig {
  readonly setAt: AccessLogType | undefined;
  readonly addAt: AccessLogType | undefined;
  readonly subtractAt: AccessLogType | undefined;
}

export interface StatsLogConfig {
  /** The place of the configuration and its scope: the same on each thread. */
  readonly identity: string;
  readonly scope: ScopeConfig;
  readonly histograms: readonly HistogramConfig[];
  readonly counters: readonly CounterConfig[];
  readonly gauges: readonly GaugeConfig[];
}

/** By Config.Histogram.Unit. */
const UNITS: readonly HistogramUnit[] = ['unspecified', 'bytes', 'microseconds', 'milliseconds', 'percent'];

export function parseStatsLog(config: Config, ctx: ConfigContext): StatsLogConfig {
  const scope = parseScope(config, ctx);
  return {
    identity: `${ctx.path} ${JSON.stringify(scope)}`,
    scope,
    histograms: config.histograms.map((histogram, i) => parseHistogram(histogram, ctx.child('histograms', i))),
    counters: config.counters.map((counter, i) => parseCounter(counter, ctx.child('counters', i))),
    gauges: config.gauges.map((gauge, i) => parseGauge(gauge, ctx.child('gauges', i))),
  };
}

function parseHistogram({ stat, unit, valueFormat }: Config_Histogram, ctx: ConfigContext): HistogramConfig {
  const value = parseValueFormat(valueFormat, ctx);
  return { ...parseStat(stat, ctx), unit: UNITS[unit] ?? 'unspecified', value };
}

function parseCounter(config: Config_Counter, ctx: ConfigContext): CounterConfig {
  return { ...parseStat(config.stat, ctx), value: parseValue(config, 'counter', ctx) };
}

function parseGauge(config: Config_Gauge, ctx: ConfigContext): GaugeConfig {
  checkOperations(config, ctx);
  const { set, addSubtract } = config;
  return {
    ...parseStat(config.stat, ctx),
    value: parseValue(config, 'gauge', ctx),
    setAt: set && ACCESS_LOG_TYPES[set.logType],
    addAt: addSubtract && ACCESS_LOG_TYPES[addSubtract.addLogType],
    subtractAt: addSubtract && ACCESS_LOG_TYPES[addSubtract.subLogType],
  };
}

function checkOperations({ set, addSubtract }: Config_Gauge, ctx: ConfigContext): void {
  if (set !== undefined && addSubtract !== undefined) {
    ctx.error('Stats logger gauge cannot have both SET and PAIRED_ADD/PAIRED_SUBTRACT operations.');
  } else if (set !== undefined) {
    if (set.logType === 0) ctx.error('Stats logger gauge set operation must have a valid log type.');
  } else if (addSubtract === undefined) {
    ctx.error('Stats logger gauge must have at least one operation configured.');
  } else if (addSubtract.addLogType === 0 || addSubtract.subLogType === 0) {
    ctx.error('Stats logger gauge add/subtract operation must have a valid log type.');
  } else if (addSubtract.addLogType === addSubtract.subLogType) {
    ctx.error(`Duplicate access log type '${addSubtract.addLogType}' in gauge operations.`);
  }
}

function parseStat(stat: Config_Stat | undefined, ctx: ConfigContext): Pick<StatConfig, 'name' | 'tags'> {
  const place = ctx.child('stat');
  const tags = (stat?.tags ?? []).map(({ name, valueFormat, rules }, i) => {
    const at = place.child('tags', i);
    return {
      name,
      formatter: parseFormat(valueFormat, at.child('value_format'), { omitEmptyValues: true }),
      rules: rules && parseTagRules(rules, at.child('rules')),
    };
  });
  return { name: stat?.name ?? '', tags };
}

function parseValue(
  { valueFormat, valueFixed }: Config_Counter | Config_Gauge,
  kind: string,
  ctx: ConfigContext,
): ValueConfig {
  if (valueFormat !== '' && valueFixed !== undefined) {
    ctx.error('Stats logger cannot have both `value_format` and `value_fixed` configured.');
  }
  if (valueFormat !== '') return parseValueFormat(valueFormat, ctx);
  if (valueFixed === undefined) ctx.error(`Stats logger ${kind} must have either \`value_format\` or \`value_fixed\`.`);
  return Number(valueFixed ?? 0);
}

function parseValueFormat(format: string, ctx: ConfigContext): ValueConfig {
  const at = ctx.child('value_format');
  const parts = parseFormatParts(format, at, builtinCommands);
  if (parts.length > 1) at.error('Stats logger `value_format` string must contain exactly one substitution');
  return parts[0] ?? 0;
}
