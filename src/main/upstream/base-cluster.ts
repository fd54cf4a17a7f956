import type { Dispatcher } from '../../../sdk/event.ts';
import type { Extension, Logger } from '../../../sdk/extension.ts';
import type { ClusterConfig, DiscoveryType } from '../../common/upstream/cluster-config.ts';
import { createHostStats } from '../../common/upstream/host-stats.ts';
import type { EndpointConfig, LocalityEndpoints } from '../../common/upstream/load-assignment.ts';
import {
  type ConsecutiveFailure,
  createOutlierCounts,
  type OutlierCountsPlace,
} from '../../common/upstream/outlier-counts.ts';
import { findTransportSocketMatch } from '../../common/upstream/transport-socket-match.ts';
import type { DnsResolver } from '../../network/dns/resolver.ts';
import type { HostAddress, HostSnapshot, HostsSnapshot } from '../../snapshot/hosts.ts';
import type { ClusterStats } from './cluster-stats.ts';
import type { HealthState, HealthTransition } from './health-check/health-check-session.ts';
import type { HealthChecker } from './health-check/health-checker.ts';
import { ManagedHost } from './managed-host.ts';
import type { OutlierDetector } from './outlier/outlier-detector.ts';

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

/** Of one priority. Nobody added or removed: only health has changed. */
export type HostsUpdate = (priority: number, added: readonly ManagedHost[], removed: readonly ManagedHost[]) => void;

/** A cluster on main: it finds its hosts and tells of changes (Envoy's ClusterImplBase). */
export abstract class BaseCluster implements Disposable {
  readonly config: ClusterConfig;
  protected readonly context: ClusterContext;
  #priorities: readonly (readonly ManagedHost[])[] = [[]];
  #onInitialized: (() => void) | undefined;
  #state: 'new' | 'initializing' | 'initialized' = 'new';
  #onUpdate: HostsUpdate | undefined;
  #healthChecker: HealthChecker | undefined = undefined;
  #outlierDetector: OutlierDetector | undefined = undefined;
  /** First checks that the cluster's initialization waits for. */
  #pendingChecks = 0;

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

  /** From the beginning: hosts are unhealthy until their first check says otherwise. */
  setHealthChecker(checker: HealthChecker): void {
    this.#healthChecker = checker;
  }

  setOutlierDetector(detector: OutlierDetector): void {
    this.#outlierDetector = detector;
  }

  get outlierDetector(): OutlierDetector | undefined {
    return this.#outlierDetector;
  }

  /** A check of a host is done, or will never be. */
  onHealthCheckComplete(host: ManagedHost, transition: HealthTransition, state: HealthState): void {
    if (transition === 'Changed') this.reloadHealthyHosts();
    if (state === 'Healthy') this.#outlierDetector?.onHealthCheckPassed(host);
    if (this.#pendingChecks > 0 && --this.#pendingChecks === 0) this.#finishInitialization();
  }

  /** A worker was told by a host itself that it is not well. */
  failImmediately(hostId: number): void {
    const host = this.#hostOf(hostId);
    if (host !== undefined) this.#healthChecker?.failImmediately(host);
  }

  /** A worker has seen a host fail too often. */
  onConsecutiveFailures(hostId: number, kind: ConsecutiveFailure): void {
    const host = this.#hostOf(hostId);
    if (host !== undefined) this.#outlierDetector?.onConsecutiveFailures(host, kind);
  }

  #hostOf(hostId: number): ManagedHost | undefined {
    return this.#priorities.flat().find(({ id }) => id === hostId);
  }

  /** A worker has found a host by itself: for types that let it. */
  adoptHost(_host: HostSnapshot): void {
    this.context.logger.error(`cluster ${this.config.name} takes no hosts from workers`);
  }

  [Symbol.dispose](): void {
    this.stop();
    this.#healthChecker?.[Symbol.dispose]();
    this.#outlierDetector?.[Symbol.dispose]();
  }

  protected abstract start(): void;
  protected abstract stop(): void;

  /** The first answer, good or bad, is there; what remains are the first checks of the hosts. */
  protected onPreInitComplete(): void {
    if (this.#state !== 'initializing' || this.#pendingChecks > 0) return;
    if (this.#healthChecker !== undefined) {
      this.#pendingChecks = this.#priorities.flat().filter(({ healthCheck }) => !healthCheck.disabled).length;
    }
    if (this.#pendingChecks === 0) this.#finishInitialization();
  }

  #finishInitialization(): void {
    this.#state = 'initialized';
    const onInitialized = this.#onInitialized;
    this.#onInitialized = undefined;
    onInitialized?.();
  }

  /** A host that is found no more, but passes its checks, stays until it fails one. */
  protected staysWhileHealthy(host: ManagedHost): boolean {
    if (this.#healthChecker === undefined || this.config.ignoreHealthOnHostRemoval) return false;
    if (host.healthCheck.disabled || host.hasFlag('failed_active_hc') || host.hasFlag('failed_eds_health'))
      return false;
    host.setFlag('pending_dynamic_removal', true);
    return true;
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
      const host = new ManagedHost(nextHostId(), address, endpoint, group, place, this.#createOutlierCounts());
      if (this.#healthChecker !== undefined && !host.healthCheck.disabled) this.#awaitCheck(host);
      return host;
    });
  }

  #createOutlierCounts(): OutlierCountsPlace | undefined {
    return this.config.outlier === undefined ? undefined : createOutlierCounts();
  }

  #awaitCheck(host: ManagedHost): void {
    host.setFlag('failed_active_hc', true);
    const { warmHosts, discoveryType } = this.config;
    if (warmHosts && discoveryType !== 'STATIC') host.setFlag('pending_active_hc', true);
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
    this.#healthChecker?.onHostsChanged(added, removed);
    this.#outlierDetector?.onHostsChanged(added, removed);
    this.#onUpdate?.(priority, added, removed);
  }

  /** What hosts are taken for has changed, not who they are. */
  reloadHealthyHosts(): void {
    this.#updateMembership(false);
    for (const priority of this.#priorities.keys()) this.#onUpdate?.(priority, [], []);
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
