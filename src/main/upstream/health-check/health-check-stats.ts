import type { Counter, Gauge, Scope } from '../../../../sdk/stats.ts';

/** `cluster.<name>.health_check.` */
export class HealthCheckStats {
  readonly attempt: Counter;
  readonly degraded: Gauge;
  readonly failure: Counter;
  readonly healthy: Gauge;
  readonly networkFailure: Counter;
  readonly passiveFailure: Counter;
  readonly success: Counter;
  readonly verifyCluster: Counter;

  constructor(cluster: Scope) {
    const scope = cluster.scope('health_check');
    this.attempt = scope.counter('attempt');
    this.degraded = scope.gauge('degraded');
    this.failure = scope.counter('failure');
    this.healthy = scope.gauge('healthy');
    this.networkFailure = scope.counter('network_failure');
    this.passiveFailure = scope.counter('passive_failure');
    this.success = scope.counter('success');
    this.verifyCluster = scope.counter('verify_cluster');
  }
}
