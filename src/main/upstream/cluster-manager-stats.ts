import type { Counter, Gauge, Scope } from '../../../sdk/stats.ts';

/** `cluster_manager.*`. */
export class ClusterManagerStats {
  readonly added: Counter;
  readonly modified: Counter;
  readonly removed: Counter;
  readonly updated: Counter;
  readonly updatedViaMerge: Counter;
  readonly updateMergeCancelled: Counter;
  readonly updateOutOfMergeWindow: Counter;
  readonly active: Gauge;
  readonly warming: Gauge;
  /** Main knows every active cluster, as each worker does. */
  readonly inflated: Gauge;

  /** @param thread main's dispatcher */
  constructor(root: Scope, thread: string) {
    this.inflated = root.gauge(`thread_local_cluster_manager.${thread}.clusters_inflated`);
    const scope = root.scope('cluster_manager');
    this.added = scope.counter('cluster_added');
    this.modified = scope.counter('cluster_modified');
    this.removed = scope.counter('cluster_removed');
    this.updated = scope.counter('cluster_updated');
    this.active = scope.gauge('active_clusters');
    this.warming = scope.gauge('warming_clusters');
    this.updatedViaMerge = scope.counter('cluster_updated_via_merge');
    this.updateMergeCancelled = scope.counter('update_merge_cancelled');
    this.updateOutOfMergeWindow = scope.counter('update_out_of_merge_window');
  }
}
