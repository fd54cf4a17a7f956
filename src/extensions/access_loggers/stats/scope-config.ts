import type { Config } from '../../../../api/generated/envoy/extensions/access_loggers/stats/v3/stats_pb.d.ts';
import type { Scope } from '../../../../api/generated/envoy/type/v3/scope_pb.d.ts';
import type { ConfigContext } from '../../../../sdk/config.ts';

export type StatKind = 'counter' | 'gauge' | 'histogram';

/** Where a logger's statistics are and how many there may be: `stats_scope`, or `stat_prefix` alone. */
export interface ScopeConfig {
  readonly prefix: string;
  /** Names of each kind, of all threads; undefined = as many as come. */
  readonly max: Readonly<Record<StatKind, number | undefined>>;
  /** What no thread has used for two intervals (`stats_eviction_interval`) is forgotten. */
  readonly isEvictable: boolean;
  /** Loggers of one name and the same settings have one scope. */
  readonly sharingName: string;
}

const UNLIMITED: ScopeConfig['max'] = { counter: undefined, gauge: undefined, histogram: undefined };

export function parseScope({ statPrefix, statsScope }: Config, ctx: ConfigContext): ScopeConfig {
  if ((statPrefix === '') === (statsScope === undefined)) {
    ctx.error("Either 'stat_prefix' or 'stats_scope' must be configured, but not both.");
  }
  return statsScope === undefined
    ? { prefix: statPrefix, max: UNLIMITED, isEvictable: false, sharingName: '' }
    : scopeOf(statsScope);
}

function scopeOf(scope: Scope): ScopeConfig {
  return {
    prefix: scope.prefix,
    max: { counter: scope.maxCounters, gauge: scope.maxGauges, histogram: scope.maxHistograms },
    isEvictable: scope.enableEviction,
    sharingName: scope.sharingName,
  };
}
