/** Statistics of a cluster that main writes: membership, updates, circuit breakers, and what stays 0 until its feature is here. */

import type { Runtime } from '../../../sdk/extension.ts';
import type { RoutePriority } from '../../../sdk/router.ts';
import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';
import { BreakerLimits } from '../../common/upstream/breaker-limits.ts';
import type { CircuitBreakerThresholds, Thresholds } from '../../common/upstream/circuit-breakers.ts';
import { BREAKER_ROW, BREAKER_USED, type BreakerResource, breakerColumn } from '../../snapshot/cluster.ts';

/** Counters of Envoy that nothing of ours adds to yet. */
const UNUSED_COUNTERS = [
  'assignment_stale',
  'assignment_timeout_received',
  'assignment_use_cached',
  'lb_subsets_created',
  'lb_subsets_fallback',
  'lb_subsets_fallback_panic',
  'lb_subsets_removed',
  'lb_subsets_selected',
  'update_empty',
] as const;
const UNUSED_GAUGES = ['lb_subsets_active', 'version'] as const;

export class ClusterStats {
  readonly #scope: Scope;
  readonly membershipChange: Counter;
  readonly membershipDegraded: Gauge;
  readonly membershipExcluded: Gauge;
  readonly membershipHealthy: Gauge;
  readonly membershipTotal: Gauge;
  readonly maxHostWeight: Gauge;
  readonly updateAttempt: Counter;
  readonly updateFailure: Counter;
  readonly updateNoRebuild: Counter;
  readonly updateSuccess: Counter;
  readonly warmingState: Gauge;

  constructor(scope: Scope) {
    this.membershipChange = scope.counter('membership_change');
    this.membershipDegraded = scope.gauge('membership_degraded');
    this.membershipExcluded = scope.gauge('membership_excluded');
    this.membershipHealthy = scope.gauge('membership_healthy');
    this.membershipTotal = scope.gauge('membership_total');
    this.maxHostWeight = scope.gauge('max_host_weight');
    this.#scope = scope;
    this.transportSocketMatches('default');
    this.updateAttempt = scope.counter('update_attempt');
    this.updateFailure = scope.counter('update_failure');
    this.updateNoRebuild = scope.counter('update_no_rebuild');
    this.updateSuccess = scope.counter('update_success');
    this.warmingState = scope.gauge('warming_state');
    // Told of each cluster, also of one that need not warm.
    this.warmingState.set(0);
    for (const name of UNUSED_COUNTERS) scope.counter(name);
    for (const name of UNUSED_GAUGES) scope.gauge(name);
  }

  /** Hosts that a match took, by its name, or that none took. */
  transportSocketMatches(name = 'default'): Counter {
    return this.#scope.counter(`${name}.total_match_count`);
  }
}

interface BreakerGauge {
  readonly column: number;
  readonly open: Gauge;
  readonly remaining: Gauge | undefined;
  readonly configured: number;
  readonly max: () => number;
  /** When it is not the limit: so many make the gauge tell of an open breaker. */
  readonly opensAt: (() => number) | undefined;
}

/** Resource, name of the gauge that tells that its breaker is open, name of the gauge of what is left. */
const BREAKERS: readonly (readonly [BreakerResource, string, string])[] = [
  ['connections', 'cx_open', 'remaining_cx'],
  ['connectionPools', 'cx_pool_open', 'remaining_cx_pools'],
  ['requests', 'rq_open', 'remaining_rq'],
  ['pendingRequests', 'rq_pending_open', 'remaining_pending'],
  ['retries', 'rq_retry_open', 'remaining_retries'],
];

/** Envoy's limit when none is given is the largest unsigned 64-bit number, which a gauge holds, wrapped round, as -1. */
const NO_LIMIT = -1;

function configured(resource: BreakerResource, thresholds: Thresholds): number {
  if (resource === 'connections') return thresholds.maxConnections;
  if (resource === 'pendingRequests') return thresholds.maxPendingRequests;
  if (resource === 'requests') return thresholds.maxRequests;
  return resource === 'retries' ? thresholds.maxRetries : thresholds.maxConnectionPools;
}

interface BreakerCluster {
  readonly name: string;
  readonly circuitBreakers: CircuitBreakerThresholds;
}

/** `circuit_breakers.<priority>.*`: worked out from the workers' shared counts when somebody looks. */
export class BreakerGauges {
  readonly #counts: Int32Array;
  readonly #gauges: BreakerGauge[] = [];
  /** The cluster that this one replaced, while it has something under way: it writes to the same gauges. */
  #replaced: BreakerGauges | undefined = undefined;
  /**
   * A retry budget has no fixed number left: Envoy's gauge shows max_retries until the budget is asked for, by a retry or
   * by /clusters, then 0.
   */
  readonly #askedBudgets = new Set<number>();
  readonly #limits: Readonly<Record<RoutePriority, BreakerLimits>>;

  constructor(scope: Scope, cluster: BreakerCluster, counts: SharedArrayBuffer, runtime: Runtime) {
    const { name, circuitBreakers: thresholds } = cluster;
    this.#counts = new Int32Array(counts);
    this.#limits = {
      default: new BreakerLimits(name, 'default', thresholds.default, runtime),
      high: new BreakerLimits(name, 'high', thresholds.high, runtime),
    };
    this.#add(scope, 'default', thresholds.default);
    this.#add(scope, 'high', thresholds.high);
    this.update();
  }

  /** Goes on where `previous` stood: what drains there still opens and closes the gauges that nothing here has used. */
  replace(previous: BreakerGauges): void {
    this.#replaced = previous;
    this.update();
  }

  /** A worker is gone, and what it had under way with it. */
  forgetWorker(index: number): void {
    const row = index * BREAKER_ROW;
    this.#counts.fill(0, row, row + BREAKER_USED);
    this.#replaced?.forgetWorker(index);
  }

  update(): void {
    const replaced = this.#replaced;
    if (replaced !== undefined) {
      const idle = replaced.#isIdle;
      replaced.update();
      if (idle) this.#replaced = undefined;
    }
    for (const { column, open, remaining, configured, max, opensAt } of this.#gauges) {
      // As in Envoy the runtime's limit, and one of 0 that makes it open, are told once something was counted.
      const used = this.#sum(column + BREAKER_USED) > 0;
      const limit = used ? max() : configured;
      const left = limit - this.#sum(column);
      if (used) open.set(this.#sum(column) < (opensAt?.() ?? limit) ? 0 : 1);
      if (this.#askedBudgets.has(column)) remaining?.set(0);
      else remaining?.set(limit === Number.POSITIVE_INFINITY ? NO_LIMIT - this.#sum(column) : Math.max(0, left));
    }
  }

  get #isIdle(): boolean {
    return this.#replaced === undefined && this.#gauges.every(({ column }) => this.#sum(column) === 0);
  }

  #add(scope: Scope, priority: RoutePriority, thresholds: Thresholds): void {
    for (const [resource, openName, remainingName] of BREAKERS) {
      const prefix = `circuit_breakers.${priority}.`;
      const remaining = thresholds.trackRemaining ? scope.gauge(prefix + remainingName) : undefined;
      this.#gauges.push({
        column: breakerColumn(resource, priority),
        open: scope.gauge(prefix + openName),
        remaining,
        configured: configured(resource, thresholds),
        max: () => this.limit(resource, priority),
        opensAt: resource === 'retries' ? () => this.#limits[priority].maxRetries : undefined,
      });
    }
  }

  /** The limit of a resource as it is now. */
  limit(resource: BreakerResource, priority: RoutePriority): number {
    const limits = this.#limits[priority];
    if (resource !== 'retries') return limits[resource];
    if (limits.hasRetryBudget) this.#askedBudgets.add(breakerColumn(resource, priority));
    return limits.retries(
      this.#sum(breakerColumn('requests', priority)) + this.#sum(breakerColumn('pendingRequests', priority)),
    );
  }

  #sum(column: number): number {
    let sum = 0;
    for (let i = column; i < this.#counts.length; i += BREAKER_ROW) sum += this.#counts[i] as number;
    return sum;
  }
}
