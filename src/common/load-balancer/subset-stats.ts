import type { Counter } from '../../../sdk/stats.ts';
import type { LoadBalancerContextOfCluster } from '../../../sdk/upstream.ts';

export interface SubsetStats {
  readonly selected: Counter;
  readonly fallback: Counter;
  readonly fallbackPanic: Counter;
  /** Hosts that their subset does without, since it is another one (`single_host_per_subset`). */
  setDuplicates(hosts: number): void;
  /** A subset has got its first hosts. */
  create(): void;
  /** It has lost its last one. */
  remove(): void;
}

/** `cluster.<name>.lb_subsets_…`. Envoy's main thread has subsets as well, the first worker counts for it. */
export function subsetStats({ scope, tellsOfTables }: LoadBalancerContextOfCluster): SubsetStats {
  const threads = tellsOfTables ? 2 : 1;
  const active = scope.gauge('lb_subsets_active');
  const created = scope.counter('lb_subsets_created');
  const removed = scope.counter('lb_subsets_removed');
  const duplicates = scope.gauge('lb_subsets_single_host_per_subset_duplicate');
  return {
    selected: scope.counter('lb_subsets_selected'),
    fallback: scope.counter('lb_subsets_fallback'),
    fallbackPanic: scope.counter('lb_subsets_fallback_panic'),
    setDuplicates: (hosts) => duplicates.set(tellsOfTables ? hosts : 0),
    create() {
      active.add(threads);
      created.add(threads);
    },
    remove() {
      active.sub(threads);
      removed.add(threads);
    },
  };
}
