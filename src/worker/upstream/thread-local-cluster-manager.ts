import type { Gauge } from '../../../sdk/stats.ts';
import type { SlotDefinition } from '../../../sdk/thread-local.ts';
import type { ClusterUpdateCallbacks, ThreadLocalClusterManager } from '../../../sdk/upstream.ts';
import type { ClusterConfig } from '../../common/upstream/cluster-config.ts';
import { CLUSTER_SLOT, type ClusterSnapshot } from '../../snapshot/cluster.ts';
import { HOSTS_SLOT, type HostsSnapshot } from '../../snapshot/hosts.ts';
import { WorkerClusterInfo } from './cluster-info.ts';
import { ProbeConnections } from './probe-connections.ts';
import { WorkerCluster } from './thread-local-cluster.ts';
import type { UpstreamContext } from './upstream-context.ts';

/** Turns the bytes that main accepted into the same configuration that main made of them. */
export type ClusterDecoder = (bytes: Uint8Array) => ClusterConfig;

/** A worker's clusters, as main's slots fill them. */
export class WorkerClusterManager implements ThreadLocalClusterManager {
  readonly #clusters = new Map<string, WorkerCluster>();
  /** Asked for last: a request asks several times for the same one. */
  #asked: WorkerCluster | undefined = undefined;
  readonly #callbacks = new Set<ClusterUpdateCallbacks>();
  readonly #context: UpstreamContext;
  readonly #decode: ClusterDecoder;
  readonly #inflated: Gauge;

  constructor(context: UpstreamContext, decode: ClusterDecoder) {
    this.#context = context;
    this.#decode = decode;
    this.#inflated = context.scope.gauge(`thread_local_cluster_manager.${context.dispatcher.name}.clusters_inflated`);
  }

  getThreadLocalCluster(name: string): WorkerCluster | undefined {
    const asked = this.#asked;
    if (asked !== undefined && asked.info.name === name) return asked;
    const cluster = this.#clusters.get(name);
    this.#asked = cluster;
    return cluster;
  }

  get clusters(): ReadonlyMap<string, WorkerCluster> {
    return this.#clusters;
  }

  addUpdateCallbacks(callbacks: ClusterUpdateCallbacks): Disposable {
    this.#callbacks.add(callbacks);
    return { [Symbol.dispose]: () => void this.#callbacks.delete(callbacks) };
  }

  /** For the main thread, which sees how the hosts of a cluster are. */
  createProbes(config: ClusterConfig, breakers: SharedArrayBuffer): ProbeConnections {
    return new ProbeConnections(config, breakers, this.#context);
  }

  /** Slots to define on this worker, in this order: a cluster's hosts come after it. */
  slotDefinitions(): {
    readonly cluster: SlotDefinition<ClusterSnapshot, WorkerCluster, unknown>;
    readonly hosts: SlotDefinition<HostsSnapshot, HostsSnapshot, unknown>;
  } {
    return {
      cluster: {
        name: CLUSTER_SLOT,
        create: (snapshot) => this.#addOrUpdate(snapshot),
        dispose: (cluster, name, replaced) => this.#dispose(cluster, name, replaced),
      },
      hosts: {
        name: HOSTS_SLOT,
        create: (snapshot, name) => {
          this.#clusters.get(name)?.updateHosts(snapshot);
          return snapshot;
        },
      },
    };
  }

  /** The worker ends: every upstream connection is closed. */
  shutdown(): void {
    for (const cluster of this.#clusters.values()) cluster.closeConnections();
    this.#clusters.clear();
    this.#asked = undefined;
  }

  #addOrUpdate(snapshot: ClusterSnapshot): WorkerCluster {
    const config = this.#decode(snapshot.bytes);
    const info = new WorkerClusterInfo(config, snapshot.breakers, this.#context);
    const { localClusterName } = this.#context;
    // Main sends it before all others, and it stays: the bootstrap names it.
    const local = config.name === localClusterName ? undefined : this.#clusters.get(localClusterName)?.prioritySet;
    const cluster = new WorkerCluster(info, this.#context, local);
    this.#clusters.set(config.name, cluster);
    this.#asked = undefined;
    this.#inflated.set(this.#clusters.size);
    for (const callbacks of this.#callbacks) callbacks.onClusterAddOrUpdate?.(cluster);
    return cluster;
  }

  #dispose(cluster: WorkerCluster, name: string, replaced: boolean): void {
    cluster.drain();
    if (replaced) return;
    this.#clusters.delete(name);
    this.#asked = undefined;
    this.#inflated.set(this.#clusters.size);
    for (const callbacks of this.#callbacks) callbacks.onClusterRemoval?.(name);
  }
}
