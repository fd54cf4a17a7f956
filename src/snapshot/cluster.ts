/** A cluster as main hands it to workers. Its hosts come apart, after it (hosts.ts). */

export const CLUSTER_SLOT = 'cluster';

export interface ClusterSnapshot {
  /** Serialised envoy.config.cluster.v3.Cluster, which main has accepted. */
  readonly bytes: Uint8Array;
  readonly version: string;
  /** False for clusters of the bootstrap. */
  readonly addedViaApi: boolean;
  /**
   * What circuit breakers count, for all threads: an Int32 a resource (see BREAKER_RESOURCES) and priority (default,
   * high), then one each that is 1 once the resource was used; a row of these for every worker. Each worker writes its
   * own row and sums the column, so that a worker that dies takes its share of the limits back with it.
   */
  readonly breakers: SharedArrayBuffer;
}

export const BREAKER_RESOURCES = ['connections', 'pendingRequests', 'requests', 'retries', 'connectionPools'] as const;
export type BreakerResource = (typeof BREAKER_RESOURCES)[number];
const PRIORITIES = 2;

/** How far behind a resource's count its mark of having been used lies. */
export const BREAKER_USED = BREAKER_RESOURCES.length * PRIORITIES;
/** Int32 values in a worker's row. */
export const BREAKER_ROW = BREAKER_USED * 2;

/** Memory for `workers` rows. */
export function createBreakers(workers: number): SharedArrayBuffer {
  return new SharedArrayBuffer(workers * BREAKER_ROW * Int32Array.BYTES_PER_ELEMENT);
}

/** Column of a resource in a row. */
export function breakerColumn(resource: BreakerResource, priority: 'default' | 'high'): number {
  return BREAKER_RESOURCES.indexOf(resource) + (priority === 'high' ? BREAKER_RESOURCES.length : 0);
}
