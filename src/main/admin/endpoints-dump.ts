/** envoy.admin.v3.EndpointsConfigDump, made from the clusters' hosts (`/config_dump?include_eds`). */
import type { AdminCluster, AdminHost, JsonObject, NameFilter } from './admin-context.ts';
import { asAny } from './field-mask.ts';
import { listField } from './proto-json.ts';

export function dumpEndpoints(clusters: Iterable<AdminCluster>, accepts: NameFilter): JsonObject {
  const fixed: JsonObject[] = [];
  const dynamic: JsonObject[] = [];
  // Envoy's are in the order of their names.
  for (const cluster of [...clusters].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (!accepts(cluster.name)) continue;
    const assignment = asAny(loadAssignment(cluster), 'envoy.config.endpoint.v3.ClusterLoadAssignment');
    (cluster.hasDynamicEndpoints ? dynamic : fixed).push({ endpoint_config: assignment });
  }
  const dump = { static_endpoint_configs: listField(fixed), dynamic_endpoint_configs: listField(dynamic) };
  return asAny(dump, 'envoy.admin.v3.EndpointsConfigDump');
}

function loadAssignment(cluster: AdminCluster): JsonObject {
  return {
    cluster_name: cluster.edsServiceName === '' ? cluster.name : cluster.edsServiceName,
    endpoints: listField([...byLocality(cluster.hosts)].map(localityJson)),
    policy: { overprovisioning_factor: cluster.overprovisioningFactor },
  };
}

/** Hosts of one priority and locality, in the order in which they appear. */
function byLocality(hosts: Iterable<AdminHost>): Iterable<readonly AdminHost[]> {
  const groups = new Map<string, AdminHost[]>();
  for (const host of hosts) {
    const key = JSON.stringify([host.priority, host.region, host.zone, host.subZone]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [host]);
    else group.push(host);
  }
  return groups.values();
}

function localityJson(hosts: readonly AdminHost[]): JsonObject {
  const first = hosts[0];
  return {
    locality: {
      region: first?.region || undefined,
      zone: first?.zone || undefined,
      sub_zone: first?.subZone || undefined,
    },
    lb_endpoints: hosts.map(endpointJson),
    load_balancing_weight: first?.localityWeight ?? 0,
    priority: first?.priority || undefined,
  };
}

function endpointJson(host: AdminHost): JsonObject {
  return {
    endpoint: { address: host.addressJson, health_check_config: {}, hostname: host.hostname || undefined },
    health_status: host.health,
    metadata: host.metadata,
    load_balancing_weight: host.weight,
  };
}
