/** Circuit breakers of a cluster and priority (Envoy's ResourceManagerImpl). */

import type { Runtime } from '../../../sdk/extension.ts';
import type { RoutePriority } from '../../../sdk/router.ts';
import type { Resource, ResourceManager } from '../../../sdk/upstream.ts';
import { BreakerLimits } from '../../common/upstream/breaker-limits.ts';
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
    const limits = new BreakerLimits(clusterName, priority, thresholds, runtime);
    const resource = (name: BreakerResource, limit: () => number): Resource =>
      new SharedResource(counts, breakerColumn(name, priority), limit);
    this.connections = resource('connections', () => limits.connections);
    this.pendingRequests = resource('pendingRequests', () => limits.pendingRequests);
    this.requests = resource('requests', () => limits.requests);
    this.connectionPools = resource('connectionPools', () => limits.connectionPools);
    this.retries = resource('retries', () => limits.retries(this.requests.count + this.pendingRequests.count));
    this.maxConnectionsPerHost = thresholds.maxConnectionsPerHost;
  }
}
