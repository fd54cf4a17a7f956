import type { Logger } from '../../sdk/extension.ts';
import type { Scope } from '../../sdk/stats.ts';
import { ofAddressData } from '../common/network/listen-transfer.ts';
import type { RuntimeLayer } from '../common/runtime/runtime-entry.ts';
import { createSharedNumbers, forgetNumbers } from '../common/shared/shared-numbers.ts';
import { ThreadSinks } from '../common/stats/sinks/thread-sinks.ts';
import { createStatsMemory } from '../common/stats/stats-memory.ts';
import { enableDispatcherStats } from '../event/dispatcher-stats.ts';
import { createConnectionCounts, forgetConnections } from '../snapshot/connection-counts.ts';
import { FOLLOWED_SLOT, type FollowedSnapshot } from '../snapshot/followed.ts';
import type { ListenerSnapshot } from '../snapshot/listener.ts';
import { SECRET_SLOT, type SecretSnapshot } from '../snapshot/secret.ts';
import { MainSlots } from '../thread-local/main-slots.ts';
import type { ServerState } from './admin/admin-context.ts';
import { CertificateDirectory } from './certificate-directory.ts';
import type { ServerConfig } from './config/server-config.ts';
import { FileFollower } from './followed/file-follower.ts';
import { UnknownFields } from './followed/unknown-fields.ts';
import { InitManager } from './init/init-manager.ts';
import { LifecycleNotifier } from './lifecycle/lifecycle-notifier.ts';
import { ListenerManager, type ListenerSelection } from './listener/listener-manager.ts';
import { tellOfConnectionLimit } from './overload/connection-limit-notices.ts';
import { OverloadManager } from './overload/overload-manager.ts';
import { RuntimeLoader } from './runtime/runtime-loader.ts';
import { SecretManager } from './secret/secret-manager.ts';
import type { ServerDependencies } from './server-dependencies.ts';
import { createWorkerInit } from './server-worker-init.ts';
import { ServerStats } from './stats/server-stats.ts';
import { SinkFlush } from './stats/sink-flush.ts';
import { type FlushToSinks, StatsFlusher } from './stats/stats-flusher.ts';
import type { ClusterManager } from './upstream/cluster-manager.ts';
import { createClusterManager } from './upstream/create-cluster-manager.ts';
import { endpointStats } from './upstream/endpoint-stats.ts';
import type { MainThread } from './upstream/health-check/probe-connector.ts';
import { serverVersionNumber } from './version.ts';
import { WorkerPool } from './workers/worker-pool.ts';

/**
 * The server's main thread (Envoy's InstanceBase): builds every part in order. `start()` brings it from a checked
 * configuration to LIVE: runtime, clusters, listeners, init manager, workers. `shutdown()` is the orderly way back.
 */
export class Server {
  readonly stats: ServerStats;
  readonly scope: Scope;
  readonly slots: MainSlots;
  readonly runtime: RuntimeLoader;
  readonly clusterManager: ClusterManager;
  readonly listenerManager: ListenerManager;
  readonly lifecycle = new LifecycleNotifier();
  readonly initManager = new InitManager('Server');
  readonly workers: WorkerPool;
  readonly certificates: CertificateDirectory;
  readonly secrets: SecretManager;
  readonly flusher: StatsFlusher;
  /** Flags by which threads show life: main first, then the workers (GuardDog). */
  readonly watchdogTouches: SharedArrayBuffer;
  /** Where threads count accepted connections, for the limit of the whole process. */
  readonly connectionCounts: SharedArrayBuffer;
  readonly sharedNumbers: SharedArrayBuffer;
  readonly #follower: FileFollower;
  readonly #overload: OverloadManager | undefined;
  readonly #sinks: ThreadSinks | undefined;
  readonly #dependencies: ServerDependencies;
  readonly #logger: Logger;
  readonly #startedMs: number;
  #state: ServerState = 'PRE_INITIALIZING';
  #healthCheckFailed = false;
  #draining: ListenerSelection | undefined;
  #stopping: Promise<void> | undefined = undefined;
  #mainThread: MainThread | undefined = undefined;

  constructor(dependencies: ServerDependencies) {
    const { config, dispatcher, logging, mainStats, options, random } = dependencies;
    this.#dependencies = dependencies;
    this.#startedMs = dispatcher.timeSource.monotonicTimeMs();
    this.#logger = logging.logger('main');
    mainStats.configure(config.stats.options);
    this.#sinks = this.#openSinks();
    this.scope = mainStats.store.createScope();
    this.watchdogTouches = new SharedArrayBuffer((options.concurrency + 1) * Int32Array.BYTES_PER_ELEMENT);
    this.connectionCounts = createConnectionCounts(options.concurrency);
    this.sharedNumbers = createSharedNumbers(options.concurrency);
    this.slots = new MainSlots((worker, { slot, key, error }) =>
      this.#logger.error(`${worker} could not apply ${slot} '${key}': ${error}`),
    );
    this.stats = new ServerStats(this.scope, {
      concurrency: options.concurrency,
      restartEpoch: options.restartEpoch,
      version: Number(config.bootstrap.statsServerVersionOverride ?? serverVersionNumber),
    });
    this.flusher = new StatsFlusher(
      dispatcher,
      mainStats,
      config.flushStatsOnAdmin ? undefined : config.statsFlushIntervalMs,
      this.#flushToSinks(),
    );
    const runtimeSlot = this.slots.slot<readonly RuntimeLayer[]>('runtime', true);
    this.runtime = new RuntimeLoader(config.runtimeLayers, {
      ...{ slot: runtimeSlot, random, scope: this.scope, files: dependencies.runtimeFiles },
      ...{ serviceCluster: dependencies.localInfo.clusterName, logger: logging.logger('runtime') },
      deprecatedUses: config.deprecatedUses,
    });
    this.#overload = this.#createOverloadManager();
    const unknownFields = this.#createUnknownFields();
    this.secrets = this.#createSecretManager(unknownFields);
    this.#follower = this.#createFileFollower(unknownFields);
    const { slots, scope, runtime } = this;
    this.clusterManager = createClusterManager(dependencies, { slots, scope, runtime, mainThread: () => this.#main });
    this.listenerManager = this.#createListenerManager();
    this.certificates = new CertificateDirectory(this.listenerManager, this.clusterManager);
    this.workers = this.#createWorkerPool();
  }

  /** Before `start`: what runs here with the workers' code. */
  setMainThread(main: MainThread): void {
    this.#mainThread = main;
  }

  get #main(): MainThread {
    if (this.#mainThread === undefined) throw new Error('the server was started without its main thread');
    return this.#mainThread;
  }

  get state(): ServerState {
    return this.#state === 'LIVE' && this.#healthCheckFailed ? 'DRAINING' : this.#state;
  }

  get uptimeSeconds(): number {
    return (this.#dependencies.dispatcher.timeSource.monotonicTimeMs() - this.#startedMs) / 1000;
  }

  /** Up to LIVE. Throws ConfigError when an address cannot be bound; `shutdown()` cleans up then. */
  async start(): Promise<void> {
    const { config, encode, logging } = this.#dependencies;
    this.stats.setState(this.#state);
    this.workers.prepare();
    this.secrets.start();
    this.#follower.start();
    logging.logger('config').info(`loading ${config.clusters.length} cluster(s)`);
    for (const cluster of localFirst(config)) this.clusterManager.addStaticCluster(cluster);
    logging.logger('config').info(`loading ${config.listeners.length} listener(s)`);
    for (const { message, config: listener } of config.listeners) {
      this.listenerManager.addOrUpdateListener({ message, config: listener, bytes: encode(message) }, '', false);
    }
    if (config.enableDispatcherStats) enableDispatcherStats(this.#dependencies.dispatcher, this.scope, 'server');
    this.flusher.beforeFlush(() => this.updateStats());
    this.flusher.start();
    tellOfConnectionLimit(config.overload?.maxDownstreamConnections !== undefined, this.runtime, this.#logger);
    await new Promise<void>((resolve) => this.clusterManager.initialize(resolve));
    this.#setState('INITIALIZING');
    this.runtime.onRtdsReady();
    this.#logger.info('all clusters initialized. initializing init manager');
    await new Promise<void>((resolve) => this.initManager.initialize(resolve));
    await this.#startWorkers();
  }

  /** The orderly end; every call gets the same one. */
  shutdown(): Promise<void> {
    this.#stopping ??= this.#shutdown();
    return this.#stopping;
  }

  /** SIGUSR1. */
  reopenLogs(): void {
    void this.workers.callAll('reopen_logs');
  }

  /**
   * /drain_listeners?graceful: listeners drain for the drain time and stop accepting then, unless told to go on. Only
   * the first call counts, and the first for all after one for those of inbound traffic.
   */
  drainGracefully(which: ListenerSelection, skipExit: boolean): void {
    const { dispatcher, options } = this.#dependencies;
    if (this.#draining === 'all' || this.#draining === which) return;
    this.#draining = which;
    this.listenerManager.startDrainSequence(which);
    if (skipExit) return;
    const timer = dispatcher.createTimer(() => {
      timer[Symbol.dispose]();
      this.listenerManager.stopListeners(which);
    });
    timer.enableTimer(options.drainTimeMs);
  }

  /** /healthcheck/fail and ok. */
  failHealthcheck(fail: boolean): void {
    this.#healthCheckFailed = fail;
    this.stats.setLive(!fail);
    void this.workers.callAll('healthcheck_fail', fail);
  }

  /** Brings `server.*` up to date. */
  updateStats(): void {
    this.clusterManager.updateGauges();
    this.stats.update({
      state: this.state,
      uptimeSeconds: this.uptimeSeconds,
      memory: this.#dependencies.memory(),
      totalConnections: this.#totalConnections(),
      recentLookups: this.#dependencies.mainStats.recentLookups.total,
      ...this.certificates.expiry(this.#dependencies.dispatcher.timeSource.systemTimeMs()),
    });
  }

  async #startWorkers(): Promise<void> {
    this.#dependencies.logging.logger('config').info('all dependencies initialized. starting workers');
    await this.lifecycle.notify('Startup');
    await this.workers.start();
    this.listenerManager.startWorkers();
    await this.lifecycle.notify('PostInit');
    this.#overload?.start();
    this.#setState('LIVE');
    this.updateStats();
    this.stats.initializationTimeMs.recordValue(Math.round(this.uptimeSeconds * 1000));
    this.#logger.info('starting main dispatch loop');
  }

  async #shutdown(): Promise<void> {
    this.#logger.info('shutting down server instance');
    await this.lifecycle.notify('ShutdownExit');
    this.flusher.finish();
    this.flusher[Symbol.dispose]();
    this.#overload?.[Symbol.dispose]();
    await this.workers.stop();
    this.listenerManager.shutdown();
    this.clusterManager.shutdown();
    this.secrets[Symbol.dispose]();
    this.#follower[Symbol.dispose]();
    this.runtime[Symbol.dispose]();
    this.#sinks?.[Symbol.dispose]();
    this.#logger.info('main dispatch loop exited');
    this.#logger.info('exiting');
  }

  #setState(state: ServerState): void {
    this.#state = state;
    this.stats.setState(this.state);
  }

  /** Sums the workers' gauges of the listeners; the admin listener is not one of them. */
  #totalConnections(): number {
    let total = 0;
    for (const { name, value } of this.#dependencies.mainStats.gauges) {
      if (/^listener\..*\.worker_\d+\.downstream_cx_active$/.test(name)) total += value;
    }
    return total;
  }

  /** Before the first histogram is made. */
  #openSinks(): ThreadSinks | undefined {
    const { config, engine, mainStats } = this.#dependencies;
    if (config.statsSinks.length === 0) return undefined;
    const sinks = new ThreadSinks();
    mainStats.store.tapHistograms(sinks);
    sinks.open(config.statsSinks, config.stats, { connectUdp: (address) => engine.connectUdp({ address }) });
    return sinks;
  }

  #flushToSinks(): FlushToSinks | undefined {
    const { config, mainStats: stats, options } = this.#dependencies;
    if (this.#sinks === undefined) return undefined;
    const flush = new SinkFlush({
      ...{ stats, tags: config.stats.tags },
      endpointStats: () => endpointStats(this.clusterManager, options.concurrency + 1, config.stats.tags.fixedTags),
    });
    return { sinks: this.#sinks.all, flush, dropped: this.stats.droppedStatFlushes };
  }

  #createOverloadManager(): OverloadManager | undefined {
    const { config, dispatcher, memory, resources } = this.#dependencies;
    if (config.overload === undefined) return undefined;
    return new OverloadManager(config.overload, {
      dispatcher,
      scope: this.scope,
      runtime: this.runtime,
      resources,
      processMemoryBytes: () => memory().totalPhysicalBytes,
      onAccepting: (accept) => void this.workers.callAll('accept_connections', accept),
      onTimeouts: () => void this.workers.callAll('scale_timeouts'),
    });
  }

  #createUnknownFields(): UnknownFields {
    const { options, logging } = this.#dependencies;
    const { rejectUnknownDynamicFields: rejects, ignoreUnknownDynamicFields: ignores } = options;
    const policy = rejects ? 'reject' : ignores ? 'ignore' : 'warn';
    return new UnknownFields(policy, this.stats.dynamicUnknownFields, logging.logger('config'));
  }

  #createSecretManager(unknownFields: UnknownFields): SecretManager {
    const { config, types, followableFiles, logging, dispatcher } = this.#dependencies;
    return new SecretManager({
      unknownFields,
      secrets: config.discoveredSecrets,
      slot: this.slots.slot<SecretSnapshot>(SECRET_SLOT),
      scope: this.scope,
      types,
      files: followableFiles,
      logger: logging.logger('config'),
      now: () => dispatcher.timeSource.systemTimeMs(),
    });
  }

  #createFileFollower(unknownFields: UnknownFields): FileFollower {
    const { config, types, followableFiles, logging, dispatcher } = this.#dependencies;
    return new FileFollower({
      unknownFields,
      followed: config.followedFiles,
      slot: this.slots.slot<FollowedSnapshot>(FOLLOWED_SLOT),
      scope: this.scope,
      types,
      files: followableFiles,
      logger: logging.logger('config'),
      initManager: this.initManager,
      now: () => dispatcher.timeSource.systemTimeMs(),
    });
  }

  #createListenerManager(): ListenerManager {
    const { dispatcher, engine, logging, options, hash } = this.#dependencies;
    return new ListenerManager({
      dispatcher,
      engine,
      concurrency: options.concurrency,
      slot: this.slots.slot<ListenerSnapshot>('listener'),
      scope: this.scope,
      logger: logging.logger('config'),
      drainTimeMs: options.drainTimeMs,
      initManager: this.initManager,
      hash,
      act: (action) => void this.workers.callAll('listener_action', action),
    });
  }

  #createWorkerPool(): WorkerPool {
    const { options, threads, mainStats } = this.#dependencies;
    return new WorkerPool({
      concurrency: options.concurrency,
      factory: threads,
      slots: this.slots,
      logger: this.#logger,
      onReplaced: () => this.scope.counter('server.worker_replaced').inc(),
      initFor: (index) => {
        const memory = createStatsMemory();
        mainStats.addThread(`worker_${index}`, memory);
        this.listenerManager.republish(index);
        const { watchdogTouches: watchdog, connectionCounts, sharedNumbers } = this;
        const overload = this.#overload?.snapshot;
        const shared = {
          watchdog,
          connectionCounts,
          sharedNumbers,
          overload,
          healthCheckFailed: this.#healthCheckFailed,
        };
        return createWorkerInit(index, memory, shared, this.#dependencies);
      },
      onGone: ({ index }) => {
        mainStats.removeThread(`worker_${index}`);
        this.clusterManager.forgetWorker(index);
        this.listenerManager.forgetWorker(index);
        forgetConnections(this.connectionCounts, index);
        forgetNumbers(this.sharedNumbers, index);
      },
      closeConnection: ({ descriptor, localAddress }) =>
        this.#dependencies.engine.adopt(descriptor, ofAddressData(localAddress)).close(),
      onEvent: (_worker, topic, data) => this.clusterManager.onHostEvent(topic, data),
    });
  }
}

/** The cluster that we are of comes first: balancers of the others look at its hosts. */
function localFirst({ bootstrap, clusters }: ServerConfig): ServerConfig['clusters'] {
  const local = bootstrap.clusterManager?.localClusterName ?? '';
  if (local === '') return clusters;
  return [...clusters].sort((a, b) => Number(b.config.name === local) - Number(a.config.name === local));
}
