import type { Timer } from '../../../../sdk/event.ts';
import type { ClusterConfig } from '../../../common/upstream/cluster-config.ts';
import { sumHostStats } from '../../../common/upstream/host-stats.ts';
import type { EndpointConfig, LocalityEndpoints } from '../../../common/upstream/load-assignment.ts';
import { BaseCluster, type ClusterContext, type ClusterExtension } from '../../../main/upstream/base-cluster.ts';
import { parsedByCluster } from '../../../main/upstream/legacy-type.ts';
import { type HostSnapshot, ManagedHost } from '../../../main/upstream/managed-host.ts';

/** Hosts that workers make of the addresses that connections were meant for; those that nobody uses any more are forgotten. */
class OriginalDstCluster extends BaseCluster {
  readonly #timer: Timer;
  #hosts: readonly ManagedHost[] = [];
  /** What a host had been used for when it was looked at last. */
  readonly #usedBefore = new WeakMap<ManagedHost, number>();

  constructor(config: ClusterConfig, context: ClusterContext) {
    super(config, context);
    this.#timer = context.dispatcher.createTimer(() => this.#cleanUp());
  }

  protected override start(): void {
    this.#timer.enableTimer(this.config.cleanupIntervalMs);
    this.onPreInitComplete();
  }

  protected override stop(): void {
    this.#timer[Symbol.dispose]();
  }

  override adoptHost({ id, address, stats, outlierCounts, hostname }: HostSnapshot): void {
    const host = new ManagedHost(id, address, { ...ENDPOINT, hostname }, GROUP, stats, outlierCounts);
    this.#hosts = [...this.#hosts, host];
    this.countTransportSocketMatches(ENDPOINT, GROUP, 1);
    this.setHosts(0, this.#hosts);
  }

  /** Hosts of one address, which several workers may have made at a time, stay or go together. */
  #cleanUp(): void {
    const kept = new Set<string>();
    for (const host of this.#hosts) if (this.#isInUse(host)) kept.add(host.addressText);
    const hosts = this.#hosts.filter(({ addressText }) => kept.has(addressText));
    if (hosts.length < this.#hosts.length) {
      this.#hosts = hosts;
      this.setHosts(0, hosts);
    }
    this.#timer.enableTimer(this.config.cleanupIntervalMs);
  }

  #isInUse(host: ManagedHost): boolean {
    const { cxActive, cxTotal, rqTotal, rqPendingActive } = sumHostStats(host.stats, this.context.threads);
    const used = cxTotal + rqTotal;
    const isNews = this.#usedBefore.get(host) !== used;
    this.#usedBefore.set(host, used);
    return isNews || cxActive > 0 || rqPendingActive > 0;
  }
}

const ENDPOINT: EndpointConfig = {
  address: { kind: 'socket', host: '', port: 0 },
  additionalAddresses: [],
  hostname: '',
  observabilityName: '',
  health: 'HEALTHY',
  weight: 1,
  metadata: new Map(),
  healthCheck: { disabled: false, hostname: '', address: undefined, port: 0 },
};

const GROUP: LocalityEndpoints = {
  locality: { region: '', zone: '', subZone: '' },
  metadata: new Map(),
  priority: 0,
  weight: undefined,
  endpoints: [],
};

export const originalDstCluster: ClusterExtension = {
  ...parsedByCluster('envoy.cluster.original_dst', 'ORIGINAL_DST'),
  createCluster: (config, context) => new OriginalDstCluster(config, context),
};
