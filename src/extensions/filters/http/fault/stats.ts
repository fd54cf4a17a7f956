import type { Counter, Gauge } from '../../../../../sdk/stats.ts';
import type { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';

/** `http.<stat_prefix>.fault.` */
export class FaultStats {
  readonly abortsInjected: Counter;
  readonly delaysInjected: Counter;
  readonly faultsOverflow: Counter;
  readonly responseRlInjected: Counter;
  readonly activeFaults: Gauge;
  readonly #scope: PrefixedStats;

  constructor(scope: PrefixedStats) {
    this.abortsInjected = scope.counter('aborts_injected');
    this.delaysInjected = scope.counter('delays_injected');
    this.faultsOverflow = scope.counter('faults_overflow');
    this.responseRlInjected = scope.counter('response_rl_injected');
    this.activeFaults = scope.gauge('active_faults');
    this.#scope = scope;
  }

  /** Of one downstream service cluster. */
  incOf(downstreamCluster: string, name: 'aborts_injected' | 'delays_injected'): void {
    this.#scope.counter(`${downstreamCluster}.${name}`).inc();
  }
}
