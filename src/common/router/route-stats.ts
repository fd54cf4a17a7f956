import type { RouteStats } from '../../../sdk/router.ts';
import type { Counter, Scope } from '../../../sdk/stats.ts';
import { joinStatNames } from '../stats/stat-name.ts';

/** Statistics of a virtual cluster or a route: named by the configuration, kept by the workers that serve it. */
export class RouteStatsHolder {
  readonly prefix: string;
  #stats: RouteStats | undefined = undefined;

  constructor(virtualHostName: string, kind: 'route' | 'vcluster', name: string) {
    this.prefix = `${joinStatNames('vhost', virtualHostName, kind, name)}.`;
  }

  /** Before any request is matched; `scope` has no prefix. */
  bind({ scope }: { readonly scope: Scope }): void {
    this.#stats ??= createStats(scope, this.prefix);
  }

  get stats(): RouteStats {
    if (this.#stats === undefined) throw new Error(`the statistics of ${this.prefix} are not bound to a scope`);
    return this.#stats;
  }
}

function createStats(scope: Scope, prefix: string): RouteStats {
  const counter = (name: string): Counter => scope.counter(prefix + name);
  return {
    prefix,
    upstreamRqTotal: counter('upstream_rq_total'),
    upstreamRqRetry: counter('upstream_rq_retry'),
    upstreamRqRetryLimitExceeded: counter('upstream_rq_retry_limit_exceeded'),
    upstreamRqRetryOverflow: counter('upstream_rq_retry_overflow'),
    upstreamRqRetrySuccess: counter('upstream_rq_retry_success'),
    upstreamRqTimeout: counter('upstream_rq_timeout'),
  };
}
