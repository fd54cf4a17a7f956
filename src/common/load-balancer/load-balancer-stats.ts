import type { Scope } from '../../../sdk/stats.ts';
import type { LoadBalancerStats } from '../../../sdk/upstream.ts';

/** @param scope the cluster's */
export function loadBalancerStats(scope: Scope): LoadBalancerStats {
  return {
    lbHealthyPanic: scope.counter('lb_healthy_panic'),
    lbLocalClusterNotOk: scope.counter('lb_local_cluster_not_ok'),
    lbRecalculateZoneStructures: scope.counter('lb_recalculate_zone_structures'),
    lbZoneClusterTooSmall: scope.counter('lb_zone_cluster_too_small'),
    lbZoneNoCapacityLeft: scope.counter('lb_zone_no_capacity_left'),
    lbZoneRoutingAllDirectly: scope.counter('lb_zone_routing_all_directly'),
    lbZoneRoutingCrossZone: scope.counter('lb_zone_routing_cross_zone'),
    lbZoneRoutingSampled: scope.counter('lb_zone_routing_sampled'),
  };
}
