/** `per_endpoint_stats`: what is kept of each host anyway, shown with the statistics (source/server/admin, PerEndpointMetrics). */
import { sanitizeStatName } from '../../common/stats/stat-name.ts';
import type { Tag } from '../../common/stats/tags.ts';
import { sumHostStats } from '../../common/upstream/host-stats.ts';
import type { EndpointStat } from '../stats/endpoint-stat.ts';
import type { ClusterManager } from './cluster-manager.ts';
import type { ManagedHost } from './managed-host.ts';

/** Of all clusters that track them, host by host. @param threads that keep host statistics: workers and main */
export function* endpointStats(
  manager: ClusterManager,
  threads: number,
  fixedTags: readonly Tag[],
): Iterable<EndpointStat> {
  for (const { config, cluster } of manager.active.values()) {
    if (!config.trackedStats.perEndpoint) continue;
    const name = sanitizeStatName(config.observabilityName);
    for (const host of cluster.priorities.flat()) yield* statsOf(host, name, threads, fixedTags);
  }
}

function* statsOf(
  host: ManagedHost,
  cluster: string,
  threads: number,
  fixedTags: readonly Tag[],
): Iterable<EndpointStat> {
  const prefix = `cluster.${cluster}.endpoint.${sanitizeStatName(host.observabilityName || host.addressText)}`;
  const tags: Tag[] = [
    ...fixedTags,
    { name: 'envoy.cluster_name', value: cluster },
    { name: 'envoy.endpoint_address', value: host.addressText },
  ];
  if (host.hostname !== '') tags.push({ name: 'envoy.endpoint_hostname', value: host.hostname });
  for (const [kind, name, value] of valuesOf(host, threads)) {
    yield { name: `${prefix}.${name}`, extractedName: `cluster.endpoint.${name}`, tags, kind, value, used: true };
  }
}

function valuesOf(
  { stats, health }: ManagedHost,
  threads: number,
): readonly (readonly [EndpointStat['kind'], name: string, value: number])[] {
  const sums = sumHostStats(stats, threads);
  return [
    ['Counters', 'cx_connect_fail', sums.cxConnectFail],
    ['Counters', 'cx_total', sums.cxTotal],
    ['Counters', 'rq_error', sums.rqError],
    ['Counters', 'rq_success', sums.rqSuccess],
    ['Counters', 'rq_timeout', sums.rqTimeout],
    ['Counters', 'rq_total', sums.rqTotal],
    ['Gauges', 'cx_active', sums.cxActive],
    ['Gauges', 'rq_active', sums.rqActive],
    ['Gauges', 'rq_pending_active', sums.rqPendingActive],
    ['Gauges', 'healthy', health === 'Healthy' ? 1 : 0],
  ];
}
