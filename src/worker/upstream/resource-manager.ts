/** Circuit breakers of a cluster and priority (Envoy's ResourceManagerImpl). */

import type { Runtime } from '../../../sdk/extension.ts';
import type { RoutePriority } from '../../../sdk/router.ts';
import type { Resource, ResourceManager } from '../../../sdk/upstream.ts';
import type { Thresholds } from '../../common/upstream/circuit-breakers.ts';
import { BREAKER_ROW, BREAKER_USED, type BreakerResource, breakerColumn } from '../../snapshot/cluster.ts';

/** Where all workers' counts are, and which row is ours. */
export interface BreakerCounts {
  readonly values: Int32Array;
  readonly worker: number;
}

class SharedResource implements Resource {
  readonly #counts: Int32Array;
  readonly #own: number;
  readonly #column: number;
  readonly #limit: () => number;

  constructor(counts: BreakerCounts, column: number, limit: () => number) {
    this.#counts = counts.values;
    this.#column = column;
    this.#own = counts.worker * BREAKER_ROW + column;
    this.#limit = limit;
  }

  get max(): number {
    return this.#limit();
  }

  get count(): number {
    const counts = this.#counts;
    let sum = 0;
    for (let i = this.#column; i < counts.length; i += BREAKER_ROW) sum += counts[i] as number;
    return sum;
  }

  canCreate(): boolean {
    return this.count < this.#limit();
  }

  inc(): void {
    (this.#counts[this.#own] as number) += 1;
    this.#counts[this.#own + BREAKER_USED] = 1;
  }

  dec(): void {
    (this.#counts[this.#own] as number) -= 1;
  }
}

export class ClusterResourceManager implements ResourceManager {
  readonly connections: Resource;
  readonly pendingRequests: Resource;
  readonly requests: Resource;
  readonly retries: Resource;
  readonly connectionPools: Resource;
  readonly maxConnectionsPerHost: number;

  constructor(
    clusterName: string,
    priority: RoutePriority,
    thresholds: Thresholds,
    counts: BreakerCounts,
    runtime: Runtime,
  ) {
    const prefix = `circuit_breakers.${clusterName}.${priority}.`;
    const resource = (name: BreakerResource, key: string, max: number): Resource =>
      new SharedResource(counts, breakerColumn(name, priority), () => runtime.snapshot.getInteger(key, max));
    this.connections = resource('connections', `${prefix}max_connections`, thresholds.maxConnections);
    this.pendingRequests = resource('pendingRequests', `${prefix}max_pending_requests`, thresholds.maxPendingRequests);
    this.requests = resource('requests', `${prefix}max_requests`, thresholds.maxRequests);
    this.connectionPools = resource('connectionPools', `${prefix}max_connection_pools`, thresholds.maxConnectionPools);
    this.retries = this.#createRetries(thresholds, prefix, priority, counts, runtime);
    this.maxConnectionsPerHost = thresholds.maxConnectionsPerHost;
  }

  #createRetries(
    thresholds: Thresholds,
    prefix: string,
    priority: RoutePriority,
    counts: BreakerCounts,
    runtime: Runtime,
  ): Resource {
    const column = breakerColumn('retries', priority);
    const budget = thresholds.retryBudget;
    if (budget === undefined) {
      return new SharedResource(counts, column, () =>
        runtime.snapshot.getInteger(`${prefix}max_retries`, thresholds.maxRetries),
      );
    }
    return new SharedResource(counts, column, () => {
      const { snapshot } = runtime;
      const percent = snapshot.getDouble(`${prefix}retry_budget.budget_percent`, budget.budgetPercent);
      const least = snapshot.getInteger(`${prefix}retry_budget.min_retry_concurrency`, budget.minRetryConcurrency);
      const active = this.requests.count + this.pendingRequests.count;
      return Math.max(Math.floor((percent / 100) * active), least);
    });
  }
}
