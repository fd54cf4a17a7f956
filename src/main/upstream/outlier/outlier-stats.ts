import type { Counter, Gauge, Scope } from '../../../../sdk/stats.ts';
import type { OutlierEnforcement } from '../../../common/upstream/outlier-config.ts';

/** Why a host is ejected. */
export type OutlierType = keyof OutlierEnforcement;

interface TypeNames {
  /** Envoy's OutlierEjectionType. */
  readonly event: string;
  /** Behind `ejections_detected_` and `ejections_enforced_`. */
  readonly stat: string;
  /** Of the runtime, behind `outlier_detection.enforcing_`. */
  readonly runtime: string;
}

export const OUTLIER_TYPES: Readonly<Record<OutlierType, TypeNames>> = {
  consecutive5xx: { event: 'CONSECUTIVE_5XX', stat: 'consecutive_5xx', runtime: 'consecutive_5xx' },
  consecutiveGatewayFailure: {
    event: 'CONSECUTIVE_GATEWAY_FAILURE',
    stat: 'consecutive_gateway_failure',
    runtime: 'consecutive_gateway_failure',
  },
  consecutiveLocalOriginFailure: {
    event: 'CONSECUTIVE_LOCAL_ORIGIN_FAILURE',
    stat: 'consecutive_local_origin_failure',
    runtime: 'consecutive_local_origin_failure',
  },
  successRate: { event: 'SUCCESS_RATE', stat: 'success_rate', runtime: 'success_rate' },
  localOriginSuccessRate: {
    event: 'SUCCESS_RATE_LOCAL_ORIGIN',
    stat: 'local_origin_success_rate',
    runtime: 'local_origin_success_rate',
  },
  failurePercentage: { event: 'FAILURE_PERCENTAGE', stat: 'failure_percentage', runtime: 'failure_percentage' },
  failurePercentageLocalOrigin: {
    event: 'FAILURE_PERCENTAGE_LOCAL_ORIGIN',
    stat: 'local_origin_failure_percentage',
    runtime: 'failure_percentage_local_origin',
  },
};

/** `cluster.<name>.outlier_detection.` */
export class OutlierStats {
  readonly ejectionsActive: Gauge;
  readonly ejectionsOverflow: Counter;
  readonly ejectionsEnforcedTotal: Counter;
  /** Deprecated in Envoy, and still there. */
  readonly ejectionsTotal: Counter;
  readonly ejectionsConsecutive5xx: Counter;
  readonly ejectionsSuccessRate: Counter;
  readonly #detected: ReadonlyMap<OutlierType, Counter>;
  readonly #enforced: ReadonlyMap<OutlierType, Counter>;

  constructor(cluster: Scope) {
    const scope = cluster.scope('outlier_detection');
    this.ejectionsActive = scope.gauge('ejections_active');
    this.ejectionsOverflow = scope.counter('ejections_overflow');
    this.ejectionsEnforcedTotal = scope.counter('ejections_enforced_total');
    this.ejectionsTotal = scope.counter('ejections_total');
    this.ejectionsConsecutive5xx = scope.counter('ejections_consecutive_5xx');
    this.ejectionsSuccessRate = scope.counter('ejections_success_rate');
    // Of degraded hosts, which are not detected here.
    scope.counter('ejections_detected_degradation');
    const types = Object.entries(OUTLIER_TYPES) as [OutlierType, TypeNames][];
    const counters = (what: string) =>
      new Map(types.map(([type, { stat }]) => [type, scope.counter(`ejections_${what}_${stat}`)]));
    this.#detected = counters('detected');
    this.#enforced = counters('enforced');
  }

  noteDetected(type: OutlierType): void {
    this.#detected.get(type)?.inc();
  }

  noteEnforced(type: OutlierType): void {
    this.ejectionsEnforcedTotal.inc();
    this.#enforced.get(type)?.inc();
  }
}
