import type { Dispatcher } from '../../../sdk/event.ts';
import type { Extension, Logger } from '../../../sdk/extension.ts';
import type { ClusterConfig, DiscoveryType } from '../../common/upstream/cluster-config.ts';
import { createHostStats } from '../../common/upstream/host-stats.ts';
import type { EndpointConfig, LocalityEndpoints } from '../../common/upstream/load-assignment.ts';
import { findTransportSocketMatch } from '../../common/upstream/transport-socket-match.ts';
import type { DnsResolver } from '../../network/dns/resolver.ts';
import type { HostAddress, HostsSnapshot } from '../../snapshot/hosts.ts';
import type { ClusterStats } from './cluster-stats.ts';
import { ManagedHost } from './managed-host.ts';

/** What a cluster type is made of. */
export interface ClusterContext {
  readonly dispatcher: Dispatcher;
  readonly dns: DnsResolver;
  readonly stats: ClusterStats;
  readonly logger: Logger;
  /** Threads that keep host statistics. */
  readonly threads: number;
  /** A number that no other host of this process has had. */
  nextHostId(): number;
}

/** A way to find the hosts of a cluster (`type: STRICT_DNS`): found by `discoveryType`. */
export interface ClusterExtension extends Extension<'envoy.clusters', ClusterConfig> {
  readonly discoveryType: DiscoveryType;
  createCluster(config: ClusterConfig, context: ClusterContext): BaseCluster;
}

export type HostsUpdate = (added: readonly ManagedHost[], removed: readonly ManagedHost[]) => void;

/** A cluster on main: it finds its hosts and tells of changes (Envoy's ClusterImplBase). */
export abstract class BaseCluster implements Disposable {
  readonly config: ClusterConfig;
  protected readonly context: ClusterContext;
  #priorities: readonly (readonly ManagedHost[])[] = [[]];
  #onInitialized: (() => void) | undefined;
  #state: 'new' | 'initializing' | 'initialized' = 'new';
  #onUpdate: HostsUpdate | undefined;

  constructor(config: ClusterConfig, context: ClusterContext) {
    for (const { name } of config.transportSocketMatches) context.stats.transportSocketMatches(name);
    this.config = config;
    this.context = context;
  }

  /** By priority. */
  get priorities(): readonly (readonly ManagedHost[])[] {
    return this.#priorities;
  }

  get isInitialized(): boolean {
    return this.#state === 'initialized';
  }

  /** Starts to look for hosts; `onInitialized` is called once, when the first answer is there (maybe at once). */
  initialize(onInitialized: () => void): void {
    this.#state = 'initializing';
    this.#onInitialized = onInitialized;
    this.start();
  }

  /** Told of every change of the hosts from now on. */
  setUpdateCallback(onUpdate: HostsUpdate): void {
    this.#onUpdate = onUpdate;
  }

  /** For workers. */
  hostsSnapshot(): HostsSnapshot {
    const { overprovisioningFactor, weightedPriorityHealth } = this.config.loadAssignment;
    return {
      priorities: this.#priorities.map((hosts) => ({
        overprovisioningFactor,
        weightedPriorityHealth,
        hosts: hosts.map((host) => host.snapshot()),
      })),
    };
  }

  abstract [Symbol.dispose](): void;
  protected abstract start(): void;

  /** The first answer, good or bad, is there. */
  protected onPreInitComplete(): void {
    if (this.#state !== 'initializing') return;
    this.#state = 'initialized';
    const onInitialized = this.#onInitialized;
    this.#onInitialized = undefined;
    onInitialized?.();
  }

  protected createHosts(
    endpoint: EndpointConfig,
    group: LocalityEndpoints,
    addresses: readonly HostAddress[],
  ): ManagedHost[] {
    const { nextHostId, threads } = this.context;
    this.countTransportSocketMatches(endpoint, group, addresses.length);
    const places = createHostStats(addresses.length, threads);
    return addresses.map((address, index) => {
      const place = places[index] as ReturnType<typeof createHostStats>[number];
      return new ManagedHost(nextHostId(), address, endpoint, group, place);
    });
  }

  /** Once a host that an answer names, be it a new one or not: Envoy makes them all anew. */
  protected countTransportSocketMatches(endpoint: EndpointConfig, group: LocalityEndpoints, hosts: number): void {
    const matched = findTransportSocketMatch(this.config.transportSocketMatches, endpoint.metadata, group.metadata);
    this.context.stats.transportSocketMatches(matched?.name).add(hosts);
  }

  /** Puts hosts in place of those of a priority. */
  protected setHosts(priority: number, hosts: readonly ManagedHost[]): void {
    const before = this.#priorities[priority] ?? [];
    const count = Math.max(this.#priorities.length, priority + 1);
    this.#priorities = Array.from({ length: count }, (_, at) =>
      at === priority ? hosts : (this.#priorities[at] ?? []),
    );
    const known = new Set(before);
    const kept = new Set(hosts);
    const added = hosts.filter((host) => !known.has(host));
    const removed = before.filter((host) => !kept.has(host));
    this.#updateMembership(added.length + removed.length > 0);
    this.#onUpdate?.(added, removed);
  }

  #updateMembership(changed: boolean): void {
    const { stats } = this.context;
    const hosts = this.#priorities.flat();
    if (changed) stats.membershipChange.inc();
    stats.membershipTotal.set(hosts.length);
    stats.membershipHealthy.set(hosts.filter((host) => host.health === 'Healthy').length);
    stats.membershipDegraded.set(hosts.filter((host) => host.health === 'Degraded').length);
    stats.membershipExcluded.set(hosts.filter((host) => host.excluded).length);
  }
}
