import type { Buffer } from '../../../../../sdk/buffer.ts';
import type { HttpFilterContext } from '../../../../../sdk/extension.ts';
import type { RequestHeaderMap, ResponseHeaderMap } from '../../../../../sdk/headers.ts';
import type {
  DecoderFilterCallbacks,
  FilterDataStatus,
  FilterHeadersStatus,
  FilterTrailersStatus,
  HttpFilter,
} from '../../../../../sdk/http.ts';
import type { Counter } from '../../../../../sdk/stats.ts';
import type { ThreadLocalCluster } from '../../../../../sdk/upstream.ts';
import { HeaderNames } from '../../../../common/headers/names.ts';
import { matchesAll } from '../../../../common/matcher/header-matcher.ts';
import type { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import type { HealthCheckCache } from './cache.ts';
import type { HealthCheckConfig } from './index.ts';

/** `http.<stat_prefix>.health_check.` */
export class HealthCheckStats {
  readonly requestTotal: Counter;
  readonly failed: Counter;
  readonly ok: Counter;
  readonly cachedResponse: Counter;
  readonly failedClusterNotFound: Counter;
  readonly failedClusterEmpty: Counter;
  readonly failedClusterUnhealthy: Counter;
  readonly degraded: Counter;

  constructor(scope: PrefixedStats) {
    this.requestTotal = scope.counter('request_total');
    this.failed = scope.counter('failed');
    this.ok = scope.counter('ok');
    this.cachedResponse = scope.counter('cached_response');
    this.failedClusterNotFound = scope.counter('failed_cluster_not_found');
    this.failedClusterEmpty = scope.counter('failed_cluster_empty');
    this.failedClusterUnhealthy = scope.counter('failed_cluster_unhealthy');
    this.degraded = scope.counter('degraded');
  }
}

export interface HealthCheckShared {
  readonly config: HealthCheckConfig;
  readonly context: HttpFilterContext;
  readonly stats: HealthCheckStats;
  readonly cache: HealthCheckCache | undefined;
}

interface Verdict {
  readonly status: number;
  readonly details: string;
  readonly degraded: boolean;
}

const HEALTHY: Verdict = { status: 200, details: 'health_check_ok', degraded: false };
const CLUSTERS_HEALTHY: Verdict = { ...HEALTHY, details: 'health_check_ok_cluster_healthy' };

export class HealthCheckFilter implements HttpFilter {
  readonly #shared: HealthCheckShared;
  #callbacks!: DecoderFilterCallbacks;
  #isHealthCheck = false;
  /** We answer, not what is behind us. */
  #handling = false;

  constructor(shared: HealthCheckShared) {
    this.#shared = shared;
  }

  setDecoderFilterCallbacks(callbacks: DecoderFilterCallbacks): void {
    this.#callbacks = callbacks;
  }

  decodeHeaders(headers: RequestHeaderMap, endStream: boolean): FilterHeadersStatus {
    const { config, context, cache } = this.#shared;
    if (matchesAll(config.headers, headers)) {
      this.#isHealthCheck = true;
      this.#callbacks.streamInfo.healthCheck = true;
      this.#handling = !config.passThroughMode || context.healthCheckFailed() || cache?.isFresh === true;
    }
    if (!this.#handling) return 'Continue';
    if (endStream) this.#onComplete();
    return 'StopIteration';
  }

  decodeData(_data: Buffer, endStream: boolean): FilterDataStatus {
    if (!this.#handling) return 'Continue';
    if (endStream) this.#onComplete();
    return 'StopIterationNoBuffer';
  }

  decodeTrailers(): FilterTrailersStatus {
    if (!this.#handling) return 'Continue';
    this.#onComplete();
    return 'StopIteration';
  }

  encodeHeaders(headers: ResponseHeaderMap): FilterHeadersStatus {
    const { context, cache } = this.#shared;
    if (this.#isHealthCheck) {
      cache?.keep(headers.status, headers.has(HeaderNames.EnvoyDegraded));
      headers.set(HeaderNames.EnvoyUpstreamHealthCheckedCluster, context.localInfo.clusterName);
    }
    if (context.healthCheckFailed()) {
      headers.set(HeaderNames.EnvoyImmediateHealthCheckFail, 'true');
    }
    return 'Continue';
  }

  #onComplete(): void {
    const { stats } = this.#shared;
    stats.requestTotal.inc();
    const { status, details, degraded } = this.#verdict();
    if (status >= 200 && status < 300) {
      stats.ok.inc();
    } else {
      this.#callbacks.streamInfo.setResponseFlag('LH');
      stats.failed.inc();
    }
    if (degraded) stats.degraded.inc();
    const reply = { status, details };
    this.#callbacks.sendLocalReply(degraded ? { ...reply, modifyHeaders: markDegraded } : reply);
  }

  #verdict(): Verdict {
    const { context, cache, stats } = this.#shared;
    if (context.healthCheckFailed()) return { status: 503, details: 'health_check_failed', degraded: false };
    if (cache === undefined) return this.#verdictByClusters();
    stats.cachedResponse.inc();
    return { status: cache.status, details: 'health_check_cached', degraded: cache.degraded };
  }

  #verdictByClusters(): Verdict {
    const { config, context, stats } = this.#shared;
    for (const [name, percent] of config.clusterMinHealthyPercentages) {
      const cluster = context.clusterManager.getThreadLocalCluster(name);
      if (cluster === undefined) return unhealthy('no_cluster_found', stats.failedClusterNotFound);
      const { total, available } = countHosts(cluster);
      if (total === 0 && percent > 0) return unhealthy('cluster_empty', stats.failedClusterEmpty);
      if (100 * available < total * percent) return unhealthy('cluster_unhealthy', stats.failedClusterUnhealthy);
    }
    return config.clusterMinHealthyPercentages.size === 0 ? HEALTHY : CLUSTERS_HEALTHY;
  }
}

function unhealthy(why: string, counter: Counter): Verdict {
  counter.inc();
  return { status: 503, details: `health_check_failed_${why}`, degraded: false };
}

function countHosts({ hostSets }: ThreadLocalCluster): { readonly total: number; readonly available: number } {
  let total = 0;
  let available = 0;
  for (const { hosts, healthyHosts, degradedHosts } of hostSets) {
    total += hosts.length;
    available += healthyHosts.length + degradedHosts.length;
  }
  return { total, available };
}

function markDegraded(headers: ResponseHeaderMap): void {
  headers.set(HeaderNames.EnvoyDegraded, '');
}
