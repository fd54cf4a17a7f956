import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';

/** `listener_manager.` */
export class ListenerManagerStats {
  readonly added: Counter;
  readonly modified: Counter;
  readonly removed: Counter;
  readonly stopped: Counter;
  readonly createSuccess: Counter;
  readonly createFailure: Counter;
  readonly inPlaceUpdated: Counter;
  readonly totalActive: Gauge;
  readonly totalWarming: Gauge;
  readonly totalDraining: Gauge;
  readonly totalFilterChainsDraining: Gauge;
  readonly workersStarted: Gauge;

  constructor(root: Scope) {
    const scope = root.scope('listener_manager');
    this.added = scope.counter('listener_added');
    this.modified = scope.counter('listener_modified');
    this.removed = scope.counter('listener_removed');
    this.stopped = scope.counter('listener_stopped');
    this.createSuccess = scope.counter('listener_create_success');
    this.createFailure = scope.counter('listener_create_failure');
    this.inPlaceUpdated = scope.counter('listener_in_place_updated');
    this.totalActive = scope.gauge('total_listeners_active', 'never_import');
    this.totalWarming = scope.gauge('total_listeners_warming', 'never_import');
    this.totalDraining = scope.gauge('total_listeners_draining', 'never_import');
    this.totalFilterChainsDraining = scope.gauge('total_filter_chains_draining', 'never_import');
    this.workersStarted = scope.gauge('workers_started', 'never_import');
    scope.gauge('workers_pinned', 'never_import');
  }
}
