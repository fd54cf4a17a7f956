/** The `clusters` part of /config_dump (envoy.admin.v3.ClustersConfigDump). */
import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import { LazyItems } from '../../common/proto/lazy-items.ts';
import type { ConfigDumpSection, JsonObject, NameFilter } from '../admin/admin-context.ts';
import type { ClusterManager } from './cluster-manager.ts';
import type { ManagedCluster } from './managed-cluster.ts';

const TYPE = 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump';

/** @param toJson of a cluster as an Any: with its `@type`, proto names, no defaults */
export function clustersConfigDump(
  manager: ClusterManager,
  toJson: (cluster: Cluster) => JsonObject,
): ConfigDumpSection {
  return {
    dump(accepts: NameFilter): JsonObject {
      const active = sorted(manager.active, accepts);
      const warming = sorted(manager.warming, accepts);
      const dumped = (list: readonly ManagedCluster[]): LazyItems<JsonObject> | undefined =>
        list.length === 0 ? undefined : LazyItems.of(list, (managed) => dumpCluster(managed, toJson));
      return {
        '@type': TYPE,
        static_clusters: dumped(active.filter(({ origin }) => !origin.addedViaApi)),
        dynamic_active_clusters: dumped(active.filter(({ origin }) => origin.addedViaApi)),
        dynamic_warming_clusters: dumped(warming),
      };
    },
  };
}

function sorted(clusters: ReadonlyMap<string, ManagedCluster>, accepts: NameFilter): ManagedCluster[] {
  const wanted = [...clusters.values()].filter(({ config }) => accepts(config.name));
  return wanted.sort((a, b) => (a.config.name < b.config.name ? -1 : 1));
}

function dumpCluster({ message, origin }: ManagedCluster, toJson: (cluster: Cluster) => JsonObject): JsonObject {
  return {
    version_info: origin.versionInfo === '' ? undefined : origin.versionInfo,
    cluster: toJson(message),
    last_updated: new Date(origin.lastUpdatedMs).toISOString(),
  };
}
