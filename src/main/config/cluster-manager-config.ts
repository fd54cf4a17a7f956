import type {
  ClusterManager,
  ClusterManager_OutlierDetection,
} from '../../../api/generated/envoy/config/bootstrap/v3/bootstrap_pb.d.ts';
import type { BindConfig } from '../../../api/generated/envoy/config/core/v3/address_pb.d.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import { parseBindOptions } from '../../common/upstream/bind-options.ts';

/** Checks `cluster_manager`; who uses the local cluster finds it by its name. */
export function checkClusterManager(
  config: ClusterManager | undefined,
  clusters: readonly string[],
  ctx: ConfigContext,
): void {
  if (config === undefined) return;
  ctx.requireSupported(config, [
    'localClusterName',
    'outlierDetection',
    'upstreamBindConfig',
    'enableDeferredClusterCreation',
  ]);
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

/** Undefined without, and after `ctx` has been told what is wrong with it: then no cluster need say it again. */
export function parseDefaultBind(config: ClusterManager | undefined, ctx: ConfigContext): BindConfig | undefined {
  const bind = config?.upstreamBindConfig;
  if (bind === undefined) return undefined;
  const before = ctx.collector.problems.length;
  parseBindOptions({ upstreamBindConfig: bind }, ctx);
  return ctx.collector.problems.length === before ? bind : undefined;
}
