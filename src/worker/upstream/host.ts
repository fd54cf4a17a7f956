import type { Address } from '../../../sdk/network.ts';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { ClusterInfo, Host, HostHealth, HostMonitor, HostStats, Locality } from '../../../sdk/upstream.ts';
import { SharedHostStats } from '../../common/upstream/host-stats.ts';
import type { HostSnapshot } from '../../snapshot/hosts.ts';
import type { HostPools } from './host-pools.ts';

/** What all hosts of a cluster have in common. */
export interface HostOwner {
  readonly cluster: ClusterInfo;
  /** The row of shared statistics. */
  readonly worker: number;
  nowMs(): number;
  /** Absent where nobody wants to hear how hosts behave. */
  readonly createMonitor?: ((host: HostSnapshot) => HostMonitor) | undefined;
}

/** A host of a cluster on this worker. The same object as long as main takes it for the same host. */
export class UpstreamHost implements Host {
  readonly id: number;
  readonly address: Address;
  /** Further ones of the same host, for when the first does not answer. */
  readonly otherAddresses: readonly Address[];
  readonly cluster: ClusterInfo;
  readonly stats: HostStats;
  /** When this worker first knew it, monotonic ms: slow start counts from here. */
  readonly sinceMs: number;
  readonly monitor: HostMonitor | undefined;
  hostname: string;
  weight: number;
  priority: number;
  locality: Locality;
  localityWeight: number;
  metadata: ReadonlyMap<string, Struct>;
  localityMetadata: ReadonlyMap<string, Struct>;
  canary: boolean;
  excluded: boolean;
  /** Connection pools of this host; made with the first one. */
  pools: HostPools | undefined = undefined;
  #health: HostHealth;

  constructor(
    snapshot: HostSnapshot,
    priority: number,
    address: Address,
    owner: HostOwner,
    otherAddresses: readonly Address[] = [],
  ) {
    this.id = snapshot.id;
    this.address = address;
    this.otherAddresses = otherAddresses;
    this.cluster = owner.cluster;
    this.sinceMs = owner.nowMs();
    this.monitor = owner.createMonitor?.(snapshot);
    const stats = new SharedHostStats(snapshot.stats, owner.worker);
    stats.resetGauges();
    this.stats = stats;
    this.priority = priority;
    this.hostname = snapshot.hostname;
    this.weight = snapshot.weight;
    this.locality = snapshot.locality;
    this.localityWeight = snapshot.localityWeight;
    this.metadata = snapshot.metadata;
    this.localityMetadata = snapshot.localityMetadata;
    this.canary = snapshot.canary;
    this.excluded = snapshot.excluded;
    this.#health = snapshot.health;
  }

  health(): HostHealth {
    return this.#health;
  }

  update(snapshot: HostSnapshot, priority: number): void {
    this.priority = priority;
    this.hostname = snapshot.hostname;
    this.weight = snapshot.weight;
    this.locality = snapshot.locality;
    this.localityWeight = snapshot.localityWeight;
    this.metadata = snapshot.metadata;
    this.localityMetadata = snapshot.localityMetadata;
    this.canary = snapshot.canary;
    this.excluded = snapshot.excluded;
    this.#health = snapshot.health;
  }
}
