import type { ClusterManager } from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/** Checks `cluster_manager`. The local cluster is for zone-aware routing, which there is not. */
export function checkClusterManager(
  config: ClusterManager | undefined,
  clusters: readonly string[],
  ctx: ConfigContext,
): void {
  if (config === undefined) return;
  ctx.requireSupported(config, ['localClusterName', 'enableDeferredClusterCreation']);
  const { localClusterName: name } = config;
  if (name === '') return;
  const isKnown = clusters.includes(name);
  ctx
    .child('local_cluster_name')
    .error(isKnown ? 'local_cluster_name is not supported yet' : `local cluster '${name}' must be defined`);
}
