import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { ConfigContext } from '../../../sdk/config.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { ClusterRequestStats } from '../../../sdk/upstream.ts';

/** Which of the optional histograms a cluster keeps. */
export interface TrackedStats {
  readonly timeoutBudgets: boolean;
  readonly requestResponseSizes: boolean;
}

/** `track_cluster_stats`, and the deprecated `track_timeout_budgets`. */
export function parseTrackedStats(cluster: Cluster, ctx: ConfigContext): TrackedStats {
  const { trackClusterStats: tracked } = cluster;
  if (tracked !== undefined) {
    ctx.child('track_cluster_stats').requireSupported(tracked, ['timeoutBudgets', 'requestResponseSizes']);
  }
  return {
    timeoutBudgets: cluster.trackTimeoutBudgets || tracked?.timeoutBudgets === true,
    requestResponseSizes: tracked?.requestResponseSizes === true,
  };
}

/** @param scope of the cluster. Undefined when none is kept. */
export function createRequestStats(tracked: TrackedStats, scope: Scope): ClusterRequestStats | undefined {
  if (!tracked.timeoutBudgets && !tracked.requestResponseSizes) return undefined;
  return {
    timeoutBudget: tracked.timeoutBudgets
      ? {
          percentUsed: scope.histogram('upstream_rq_timeout_budget_percent_used', 'unspecified'),
          perTryPercentUsed: scope.histogram('upstream_rq_timeout_budget_per_try_percent_used', 'unspecified'),
        }
      : undefined,
    sizes: tracked.requestResponseSizes
      ? {
          requestHeadersSize: scope.histogram('upstream_rq_headers_size', 'bytes'),
          requestHeadersCount: scope.histogram('upstream_rq_headers_count', 'unspecified'),
          requestBodySize: scope.histogram('upstream_rq_body_size', 'bytes'),
          responseHeadersSize: scope.histogram('upstream_rs_headers_size', 'bytes'),
          responseHeadersCount: scope.histogram('upstream_rs_headers_count', 'unspecified'),
          responseBodySize: scope.histogram('upstream_rs_body_size', 'bytes'),
        }
      : undefined,
  };
}
