import { sumHostStats } from '../../common/upstream/host-stats.ts';
import type { BaseCluster } from './base-cluster.ts';

/** Tells whether a cluster has ever had a connection; asked again it knows. @param threads that keep host statistics */
export function trafficWatch(cluster: BaseCluster, threads: number): () => boolean {
  let seen = false;
  return () => {
    seen ||= cluster.priorities.some((hosts) => hosts.some(({ stats }) => sumHostStats(stats, threads).cxTotal > 0));
    return seen;
  };
}
