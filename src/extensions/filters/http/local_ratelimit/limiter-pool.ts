import type { HttpFilterContext, LocalInfo, Runtime } from '../../../../../sdk/extension.ts';
import type { Counter, Scope } from '../../../../../sdk/stats.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { OwnNumber } from '../../common/local_ratelimit/token-bucket.ts';
import type { LocalRateLimitConfig } from './config.ts';
import { RateLimiter } from './rate-limiter.ts';

/** `<stat_prefix>.http_local_rate_limit.` */
export class LocalRateLimitStats {
  readonly enabled: Counter;
  readonly enforced: Counter;
  readonly ok: Counter;
  readonly rateLimited: Counter;
  readonly shadowMode: Counter;

  /** @param root without a prefix */
  constructor(root: Scope, statPrefix: string) {
    const stats = new PrefixedStats(root, `${statPrefix}.http_local_rate_limit`);
    this.enabled = stats.counter('enabled');
    this.enforced = stats.counter('enforced');
    this.ok = stats.counter('ok');
    this.rateLimited = stats.counter('rate_limited');
    this.shadowMode = stats.counter('shadow_mode');
  }
}

export interface Limiter {
  readonly stats: LocalRateLimitStats;
  readonly limiter: RateLimiter;
}

/** What this thread has of each configuration: the filter's own, and those of routes when they are first needed. */
export class LimiterPool {
  readonly runtime: Runtime;
  readonly localInfo: LocalInfo;
  readonly #context: HttpFilterContext;
  readonly #known = new WeakMap<LocalRateLimitConfig, Limiter>();

  constructor(context: HttpFilterContext) {
    this.#context = context;
    this.runtime = context.runtime;
    this.localInfo = context.localInfo;
  }

  of(config: LocalRateLimitConfig): Limiter {
    const known = this.#known.get(config) ?? this.#create(config);
    this.#known.set(config, known);
    return known;
  }

  /** Of one connection: its buckets are its own. */
  createOwn(config: LocalRateLimitConfig): RateLimiter {
    return new RateLimiter(config, { timeSource: this.#context.timeSource, number: () => new OwnNumber() });
  }

  #create(config: LocalRateLimitConfig): Limiter {
    const { scope, timeSource, listenerName } = this.#context;
    const number = (key: string) => this.#context.sharedNumber(`${listenerName} ${config.identity} ${key}`);
    return {
      stats: new LocalRateLimitStats(scope, config.statPrefix),
      limiter: new RateLimiter(config, { timeSource, number }),
    };
  }
}
