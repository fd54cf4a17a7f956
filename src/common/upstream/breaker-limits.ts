import type { Runtime } from '../../../sdk/extension.ts';
import type { RoutePriority } from '../../../sdk/router.ts';
import type { RetryBudget, Thresholds } from './circuit-breakers.ts';

/** The limits of a cluster's circuit breakers at one priority: what the runtime says, else the configuration. */
export class BreakerLimits {
  readonly #prefix: string;
  readonly #thresholds: Thresholds;
  readonly #runtime: Runtime;
  readonly #keys: Readonly<Record<'connections' | 'pendingRequests' | 'requests' | 'connectionPools', string>>;

  constructor(clusterName: string, priority: RoutePriority, thresholds: Thresholds, runtime: Runtime) {
    const prefix = `circuit_breakers.${clusterName}.${priority}.`;
    this.#prefix = prefix;
    this.#thresholds = thresholds;
    this.#runtime = runtime;
    this.#keys = {
      connections: `${prefix}max_connections`,
      pendingRequests: `${prefix}max_pending_requests`,
      requests: `${prefix}max_requests`,
      connectionPools: `${prefix}max_connection_pools`,
    };
  }

  get connections(): number {
    return this.#runtime.snapshot.getInteger(this.#keys.connections, this.#thresholds.maxConnections);
  }

  get pendingRequests(): number {
    return this.#runtime.snapshot.getInteger(this.#keys.pendingRequests, this.#thresholds.maxPendingRequests);
  }

  get requests(): number {
    return this.#runtime.snapshot.getInteger(this.#keys.requests, this.#thresholds.maxRequests);
  }

  /** Infinity unless configured. */
  get connectionPools(): number {
    return this.#runtime.snapshot.getInteger(this.#keys.connectionPools, this.#thresholds.maxConnectionPools);
  }

  get hasRetryBudget(): boolean {
    return this.#thresholds.retryBudget !== undefined;
  }

  /** Without a budget's say: what the gauge that tells of open breakers goes by. */
  get maxRetries(): number {
    return this.#runtime.snapshot.getInteger(`${this.#prefix}max_retries`, this.#thresholds.maxRetries);
  }

  /** @param active requests, pending ones among them, of which a retry budget is a part */
  retries(active: number): number {
    const { retryBudget } = this.#thresholds;
    return retryBudget === undefined ? this.maxRetries : this.#budget(retryBudget, active);
  }

  #budget({ budgetPercent, minRetryConcurrency }: RetryBudget, active: number): number {
    const { snapshot } = this.#runtime;
    const percent = snapshot.getDouble(`${this.#prefix}retry_budget.budget_percent`, budgetPercent);
    const least = snapshot.getInteger(`${this.#prefix}retry_budget.min_retry_concurrency`, minRetryConcurrency);
    return Math.max(Math.floor((percent / 100) * active), least);
  }
}
