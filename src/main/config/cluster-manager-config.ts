import type {
  ClusterManager,
  ClusterManager_OutlierDetection,
} from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';

/** Checks `cluster_manager`; who uses the local cluster finds it by its name. */
export function checkClusterManager(
  config: ClusterManager | undefined,
  clusters: readonly string[],
  ctx: ConfigContext,
): void {
  if (config === undefined) return;
  ctx.requireSupported(config, ['localClusterName', 'outlierDetection', 'enableDeferredClusterCreation']);
  checkOutlierLog(config.outlierDetection, ctx.child('outlier_detection'));
  const { localClusterName: name } = config;
  if (name === '' || clusters.includes(name)) return;
  ctx.child('local_cluster_name').error(`local cluster '${name}' must be defined`);
}

function checkOutlierLog(config: ClusterManager_OutlierDetection | undefined, ctx: ConfigContext): void {
  if (config === undefined) return;
  ctx.requireSupported(config, ['eventLogPath']);
  const { eventLogPath: path } = config;
  const fault = path === '' ? undefined : ctx.resources?.checkLogFile?.(path);
  if (fault !== undefined) ctx.child('event_log_path').error(`unable to open file '${path}': ${fault}`);
}
