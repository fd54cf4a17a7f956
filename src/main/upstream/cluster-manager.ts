import type { Cluster } from '../../../api/generated/envoy/config/cluster/v3/cluster_pb.d.ts';
import { ConfigError } from '../../../sdk/config.ts';
import type { Dispatcher } from '../../../sdk/event.ts';
import type { ExtensionLookup, Logger, Runtime } from '../../../sdk/extension.ts';
import type { Scope } from '../../../sdk/stats.ts';
import type { ThreadLocalSlot } from '../../../sdk/thread-local.ts';
import type { DnsResolver } from '../../network/dns/resolver.ts';
import { type ClusterSnapshot, createBreakers } from '../../snapshot/cluster.ts';
import {
  HOST_ADDED,
  HOST_FAILED,
  HOST_OUTLIER,
  type HostAdded,
  type HostFailed,
  type HostOutlier,
} from '../../snapshot/host-events.ts';
import type { HostsSnapshot } from '../../snapshot/hosts.ts';
import type { BaseCluster, ClusterExtension } from './base-cluster.ts';
import { ClusterManagerStats } from './cluster-manager-stats.ts';
import { BreakerGauges, ClusterStats } from './cluster-stats.ts';
import { type CreateDnsResolver, DnsResolvers } from './dns-resolvers.ts';
import type { MainThread } from './health-check/probe-connector.ts';
import { createHealthChecker, createOutlierDetector } from './host-care.ts';
import type { CheckedCluster, ManagedCluster } from './managed-cluster.ts';
import { UpdateMerger } from './update-merger.ts';

export interface ClusterManagerOptions {
  readonly dispatcher: Dispatcher;
  readonly dns: DnsResolver;
  /** Of clusters with a resolver of their own. Default: they have the server's. */
  readonly createDns?: CreateDnsResolver;
  readonly extensions: ExtensionLookup;
  readonly scope: Scope;
  readonly logger: Logger;
  readonly runtime: Runtime;
  /** Workers; main has a place of its own in what threads share. */
  readonly concurrency: number;
  readonly clusterSlot: ThreadLocalSlot<ClusterSnapshot>;
  readonly hostsSlot: ThreadLocalSlot<HostsSnapshot>;
  encode(message: Cluster): Uint8Array;
  hash(message: Cluster): string;
  /** For clusters whose hosts are checked; not asked by others. */
  readonly mainThread?: () => MainThread;
  /** Of ejected hosts; '' = none. */
  readonly outlierLogPath?: string;
  /** Makes one message of what `publish` sets; by default each goes alone. */
  readonly batch?: (publish: () => void) => void;
}

/**
 * Main's clusters: active and warming (Envoy's ClusterManagerImpl). Discovers hosts and publishes clusters and hosts to
 * the workers. Clusters that are added before `initialize` are awaited by it; later ones warm before they are active.
 */
export class ClusterManager {
  readonly stats: ClusterManagerStats;
  readonly #options: ClusterManagerOptions;
  readonly #dns: DnsResolvers;
  readonly #active = new Map<string, ManagedCluster>();
  readonly #warming = new Map<string, ManagedCluster>();
  /** Awaited clusters that have no hosts yet, by name. */
  readonly #uninitialized = new Set<string>();
  #state: 'loading' | 'initializing' | 'initialized' = 'loading';
  #onInitialized: (() => void) | undefined;
  #nextHostId = 1;

  constructor(options: ClusterManagerOptions) {
    this.#options = options;
    const { dns, createDns = () => dns } = options;
    this.#dns = new DnsResolvers(dns, createDns);
    this.stats = new ClusterManagerStats(options.scope, options.dispatcher.name);
  }

  get active(): ReadonlyMap<string, ManagedCluster> {
    return this.#active;
  }

  get warming(): ReadonlyMap<string, ManagedCluster> {
    return this.#warming;
  }

  /** Names of clusters that `initialize` still waits for. */
  get uninitialized(): readonly string[] {
    return [...this.#uninitialized];
  }

  /** A cluster of the bootstrap. Throws ConfigError when its name is taken. */
  addStaticCluster(checked: CheckedCluster): void {
    const { name } = checked.config;
    if (this.#active.has(name)) throw new ConfigError(`cluster manager: duplicate cluster '${name}'`);
    this.#add(checked, '', false);
  }

  /** Adds or replaces a cluster that came over xDS; false when nothing is to be done. */
  addOrUpdateCluster(checked: CheckedCluster, versionInfo: string): boolean {
    const { name } = checked.config;
    const known = this.#warming.get(name) ?? this.#active.get(name);
    if (known !== undefined && (!known.origin.addedViaApi || known.hash === this.#options.hash(checked.message)))
      return false;
    this.#add(checked, versionInfo, true);
    return true;
  }

  /** Removes a cluster that came over xDS; false when there is none of the name, or a static one. */
  removeCluster(name: string): boolean {
    const active = this.#active.get(name);
    const warming = this.#warming.get(name);
    if ((active ?? warming)?.origin.addedViaApi !== true) return false;
    if (warming !== undefined) {
      this.#warming.delete(name);
      this.#drop(warming);
    }
    if (active !== undefined) {
      this.#active.delete(name);
      this.#options.clusterSlot.delete(name);
      this.#options.hostsSlot.delete(name);
      this.#drop(active);
    }
    this.stats.removed.inc();
    this.#updateGauges();
    this.#onClusterReady(name);
    return true;
  }

  /** Starts the discovery of what was added so far; `onInitialized` is called once, when all have answered. */
  initialize(onInitialized: () => void): void {
    this.#state = 'initializing';
    this.#onInitialized = onInitialized;
    const waiting = [...this.#active.values()];
    for (const { config } of waiting) if (config.waitForWarmOnInit) this.#uninitialized.add(config.name);
    for (const managed of waiting) this.#start(managed);
    this.#finishIfReady();
  }

  /** Brings gauges up to date that are worked out from what the workers share: before statistics are shown or flushed. */
  updateGauges(): void {
    for (const { breakerGauges } of this.#active.values()) breakerGauges.update();
  }

  /** A worker died, with its connections and requests. */
  forgetWorker(index: number): void {
    for (const { breakerGauges } of this.#active.values()) breakerGauges.forgetWorker(index);
  }

  /** What a worker tells of a host, see snapshot/host-events.ts. */
  onHostEvent(topic: string, data: unknown): void {
    const { cluster: name, host } = data as HostFailed;
    const cluster = this.#active.get(name)?.cluster;
    if (topic === HOST_ADDED) return cluster?.adoptHost((data as HostAdded).host);
    if (topic === HOST_FAILED) cluster?.failImmediately(host);
    else if (topic === HOST_OUTLIER) cluster?.onConsecutiveFailures(host, (data as HostOutlier).failures);
  }

  /** The end of the server. */
  shutdown(): void {
    this.#dns[Symbol.dispose]();
    for (const { cluster, updates } of [...this.#active.values(), ...this.#warming.values()]) {
      updates[Symbol.dispose]();
      cluster[Symbol.dispose]();
    }
    this.#onInitialized = undefined;
  }

  #add(checked: CheckedCluster, versionInfo: string, addedViaApi: boolean): void {
    const { name } = checked.config;
    const previous = this.#warming.get(name) ?? this.#active.get(name);
    const managed = this.#create(checked, versionInfo, addedViaApi);
    if (previous === undefined) this.stats.added.inc();
    else this.stats.modified.inc();
    if (this.#state === 'initialized') {
      const warmingBefore = this.#warming.get(name);
      this.#warming.set(name, managed);
      if (warmingBefore !== undefined) this.#drop(warmingBefore);
      this.#updateGauges();
      this.#warm(managed);
      return;
    }
    this.#activate(managed);
    if (this.#state !== 'initializing') return;
    if (managed.config.waitForWarmOnInit) this.#uninitialized.add(name);
    this.#start(managed);
    this.#finishIfReady();
  }

  #create(checked: CheckedCluster, versionInfo: string, addedViaApi: boolean): ManagedCluster {
    const { dispatcher, scope: root, logger, concurrency } = this.#options;
    const { config } = checked;
    const threads = concurrency + 1;
    const scope = root.scope(`cluster.${config.observabilityName}`, config.acceptsStat);
    const stats = new ClusterStats(scope);
    const breakers = createBreakers(threads);
    const nextHostId = (): number => this.#nextHostId++;
    const cluster = this.#extensionOf(checked).createCluster(config, {
      dispatcher,
      dns: this.#dns.for(config.dns.resolver),
      stats,
      logger,
      threads,
      nextHostId,
    });
    this.#lookAfterHosts(cluster, { stats, scope, breakers });
    const origin = { versionInfo, addedViaApi, lastUpdatedMs: dispatcher.timeSource.systemTimeMs() };
    const breakerGauges = new BreakerGauges(scope, config, breakers, this.#options.runtime);
    const { message } = checked;
    const encoded = { bytes: this.#options.encode(message), hash: this.#options.hash(message) };
    const updates = this.#createUpdates(cluster);
    return { message, config, ...encoded, origin, cluster, updates, stats, scope, breakers, breakerGauges };
  }

  #lookAfterHosts(cluster: BaseCluster, parts: Pick<ManagedCluster, 'stats' | 'scope' | 'breakers'>): void {
    // At once, whatever the window in which updates are merged: its connections are not to be used any longer.
    const onFailed = () => this.#publishHosts(cluster);
    const world = { ...this.#options, threads: this.#options.concurrency + 1, onFailed };
    const { healthCheck, outlier } = cluster.config;
    if (healthCheck !== undefined) cluster.setHealthChecker(createHealthChecker(cluster, healthCheck, parts, world));
    if (outlier !== undefined) cluster.setOutlierDetector(createOutlierDetector(cluster, outlier, parts, world));
  }

  #extensionOf({ config }: CheckedCluster): ClusterExtension {
    const all = this.#options.extensions.all('envoy.clusters') as readonly ClusterExtension[];
    const extension = all.find(({ discoveryType }) => discoveryType === config.discoveryType);
    if (extension === undefined) throw new ConfigError(`cluster type ${config.discoveryType} is not supported yet`);
    return extension;
  }

  /** After start-up a cluster is taken into use when it knows its hosts; the old one serves until then. */
  #warm(managed: ManagedCluster): void {
    const { name } = managed.config;
    managed.stats.warmingState.set(1);
    managed.cluster.initialize(() => {
      managed.stats.warmingState.set(0);
      if (this.#warming.get(name) !== managed) return;
      this.#warming.delete(name);
      this.#activate(managed);
      this.#watch(managed);
    });
  }

  #activate(managed: ManagedCluster): void {
    const { name } = managed.config;
    const previous = this.#active.get(name);
    this.#active.set(name, managed);
    this.#batch(() => {
      const { bytes, breakers, origin } = managed;
      const { versionInfo: version, addedViaApi } = origin;
      this.#options.clusterSlot.set(name, { bytes, version, addedViaApi, breakers });
      this.#publishHosts(managed.cluster);
    });
    if (previous !== undefined) {
      managed.breakerGauges.replace(previous.breakerGauges);
      this.#drop(previous);
    }
    this.#updateGauges();
  }

  #start(managed: ManagedCluster): void {
    this.#watchFirst(managed);
    managed.cluster.initialize(() => {
      this.#watch(managed);
      this.#onClusterReady(managed.config.name);
    });
  }

  /** The hosts that are found while the cluster initialises. */
  #watchFirst({ cluster }: ManagedCluster): void {
    cluster.setUpdateCallback(() => this.#publishHosts(cluster));
  }

  #watch({ cluster, updates }: ManagedCluster): void {
    cluster.setUpdateCallback((priority, added, removed) => {
      if (updates.schedule(priority, added.length + removed.length === 0)) return;
      this.stats.updated.inc();
      this.#publishHosts(cluster);
    });
  }

  #createUpdates(cluster: BaseCluster): UpdateMerger {
    const windowMs = cluster.config.updateMergeWindowMs;
    return new UpdateMerger(this.#options.dispatcher, this.stats, windowMs, () => this.#publishHosts(cluster));
  }

  #publishHosts(cluster: BaseCluster): void {
    this.#options.hostsSlot.set(cluster.config.name, cluster.hostsSnapshot());
  }

  #onClusterReady(name: string): void {
    if (this.#uninitialized.delete(name)) this.#finishIfReady();
  }

  #finishIfReady(): void {
    if (this.#state !== 'initializing' || this.#uninitialized.size > 0) return;
    this.#state = 'initialized';
    const onInitialized = this.#onInitialized;
    this.#onInitialized = undefined;
    onInitialized?.();
  }

  /** A cluster that goes on under the same name has a scope of its own: the statistics live on with that. */
  #drop({ cluster, updates, scope }: ManagedCluster): void {
    updates[Symbol.dispose]();
    cluster[Symbol.dispose]();
    scope[Symbol.dispose]();
  }

  #batch(publish: () => void): void {
    const { batch } = this.#options;
    if (batch === undefined) publish();
    else batch(publish);
  }

  #updateGauges(): void {
    this.stats.active.set(this.#active.size);
    this.stats.inflated.set(this.#active.size);
    this.stats.warming.set(this.#warming.size);
  }
}
