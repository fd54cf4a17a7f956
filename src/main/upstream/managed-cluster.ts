import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { ClusterConfig } from '../../common/upstream/cluster-config.ts';
import type { BaseCluster } from './base-cluster.ts';
import type { BreakerGauges, ClusterStats } from './cluster-stats.ts';
import type { UpdateMerger } from './update-merger.ts';

/** A cluster that passed its checks. */
export interface CheckedCluster {
  readonly message: Cluster;
  readonly config: ClusterConfig;
}

/** Where a cluster came from and when it was put in. */
export interface ClusterOrigin {
  readonly versionInfo: string;
  /** Static clusters cannot be changed by xDS. */
  readonly addedViaApi: boolean;
  /** Unix milliseconds. */
  readonly lastUpdatedMs: number;
}

/** A cluster as the manager keeps it. */
export interface ManagedCluster extends CheckedCluster {
  readonly origin: ClusterOrigin;
  /** The message, serialised, as workers get it. */
  readonly bytes: Uint8Array;
  /** Tells whether an update changes anything. */
  readonly hash: string;
  readonly cluster: BaseCluster;
  /** Of its hosts' health, towards the workers. */
  readonly updates: UpdateMerger;
  readonly stats: ClusterStats;
  readonly scope: Scope;
  readonly breakers: SharedArrayBuffer;
  readonly breakerGauges: BreakerGauges;
}
