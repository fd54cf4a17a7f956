/** The hosts of a cluster as main hands them to workers: whole, after every change. */
import type { Struct } from '../../sdk/stream-info.ts';
import type { HostHealth, Locality } from '../../sdk/upstream.ts';
import type { HostStatsPlace } from '../common/upstream/host-stats.ts';
import type { OutlierCountsPlace } from '../common/upstream/outlier-counts.ts';

export const HOSTS_SLOT = 'hosts';

export interface HostsSnapshot {
  /** By priority; the index is the priority. */
  readonly priorities: readonly PriorityHosts[];
}

export interface PriorityHosts {
  readonly hosts: readonly HostSnapshot[];
  /** Percent. */
  readonly overprovisioningFactor: number;
  readonly weightedPriorityHealth: boolean;
}

export interface HostSnapshot {
  /** The same as long as main takes it for the same host: connections and statistics of it live on. */
  readonly id: number;
  /** Envoy's text of an address: `10.0.0.1:80`, `[::1]:80`, `/path`, `@abstract`. */
  readonly address: HostAddress;
  /** Of LOGICAL_DNS: what the name stands for besides. */
  readonly otherAddresses?: readonly HostAddress[];
  readonly hostname: string;
  readonly weight: number;
  readonly health: HostHealth;
  /** Not to be counted when the health of its priority is weighed (draining, say). */
  readonly excluded: boolean;
  readonly locality: Locality;
  /** 0 = none was given. */
  readonly localityWeight: number;
  readonly metadata: ReadonlyMap<string, Struct>;
  readonly localityMetadata: ReadonlyMap<string, Struct>;
  readonly canary: boolean;
  readonly stats: HostStatsPlace;
  /** Where its failures are counted; undefined where nobody looks for outliers. */
  readonly outlierCounts?: OutlierCountsPlace | undefined;
}

export type HostAddress =
  | { readonly kind: 'ip'; readonly ip: string; readonly port: number }
  | { readonly kind: 'pipe'; readonly path: string };
