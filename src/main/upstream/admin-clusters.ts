/** What /clusters shows. */
import type { RoutePriority } from '../../../sdk/router.ts';
import type { HostStats } from '../../../sdk/upstream.ts';
import type { DiscoveryType } from '../../common/upstream/cluster-config.ts';
import { sumHostStats } from '../../common/upstream/host-stats.ts';
import type { AdminCluster, AdminHost, CircuitBreakerLimits, JsonObject } from '../admin/admin-context.ts';
import type { BaseCluster } from './base-cluster.ts';
import type { ClusterManager } from './cluster-manager.ts';
import type { BreakerGauges } from './cluster-stats.ts';
import type { ManagedCluster } from './managed-cluster.ts';
import type { ManagedHost } from './managed-host.ts';

/** @param threads that keep host statistics: workers and main */
export function* adminClusters(manager: ClusterManager, threads: number): Iterable<AdminCluster> {
  for (const managed of manager.active.values()) yield adminCluster(managed, threads);
}

function adminCluster({ config, origin, cluster, breakerGauges }: ManagedCluster, threads: number): AdminCluster {
  return {
    name: config.name,
    observabilityName: config.observabilityName,
    addedViaApi: origin.addedViaApi,
    edsServiceName: '',
    defaultPriority: limits(breakerGauges, 'default'),
    highPriority: limits(breakerGauges, 'high'),
    overprovisioningFactor: config.loadAssignment.overprovisioningFactor,
    hasDynamicEndpoints: false,
    outlier: cluster.outlierDetector?.summary,
    hosts: cluster.priorities.flatMap((hosts, priority) =>
      hosts.map((host) => adminHost(host, priority, threads, cluster)),
    ),
  };
}

function limits(breakers: BreakerGauges, priority: RoutePriority): CircuitBreakerLimits {
  return {
    maxConnections: breakers.limit('connections', priority),
    maxPendingRequests: breakers.limit('pendingRequests', priority),
    maxRequests: breakers.limit('requests', priority),
    maxRetries: breakers.limit('retries', priority),
  };
}

function adminHost(host: ManagedHost, priority: number, threads: number, cluster: BaseCluster): AdminHost {
  const { address, locality } = host;
  const stats: HostStats = sumHostStats(host.stats, threads);
  return {
    addressText: host.addressText,
    addressJson:
      address.kind === 'pipe'
        ? { pipe: { path: address.path } }
        : { socket_address: { address: address.ip, port_value: address.port } },
    stats,
    hostname: host.hostname,
    healthFlags: host.healthFlags,
    health: HEALTH[host.health],
    metadata: metadataJson(host, cluster.config.discoveryType),
    edsHealthStatus: host.edsHealth,
    weight: host.weight,
    localityWeight: host.localityWeight,
    region: locality.region,
    zone: locality.zone,
    subZone: locality.subZone,
    canary: host.canary,
    priority,
    successRate: cluster.outlierDetector?.successRate(host, 'external') ?? -1,
    localOriginSuccessRate: cluster.outlierDetector?.successRate(host, 'local') ?? -1,
  };
}

const HEALTH = { Healthy: 'HEALTHY', Degraded: 'DEGRADED', Unhealthy: 'UNHEALTHY' } as const;

/** Hosts that were resolved always have some, be it empty. */
function metadataJson({ metadata }: ManagedHost, type: DiscoveryType): JsonObject | undefined {
  if (metadata.size === 0) return type === 'STATIC' ? undefined : {};
  return { filter_metadata: Object.fromEntries(metadata) as JsonObject };
}
