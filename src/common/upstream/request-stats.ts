import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { ClusterRequestStats } from '../../../sdk/upstream.ts';

/** Which of the optional statistics a cluster keeps. */
export interface TrackedStats {
  readonly timeoutBudgets: boolean;
  readonly requestResponseSizes: boolean;
  /** Pages of statistics show those of each host too. */
  readonly perEndpoint: boolean;
}

/** `track_cluster_stats`, and the deprecated `track_timeout_budgets`. */
export function parseTrackedStats(cluster: Cluster): TrackedStats {
  const { trackClusterStats: tracked } = cluster;
  return {
    timeoutBudgets: cluster.trackTimeoutBudgets || tracked?.timeoutBudgets === true,
    requestResponseSizes: tracked?.requestResponseSizes === true,
    perEndpoint: tracked?.perEndpointStats === true,
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
