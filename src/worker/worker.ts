import type { Secret } from '../../api/generated/envoy/extensions/transport_sockets/tls/v3/secret_pb.d.ts';
import type { ConfigResources } from '../../sdk/config.ts';
import type { ExtensionLookup, LocalInfo, Logger, Runtime, ServerFactoryContext } from '../../sdk/extension.ts';
import type { Scope } from '../../sdk/stats.ts';
import type { SlotDefinition } from '../../sdk/thread-local.ts';
import { reportExtensionFault } from '../common/extension-fault.ts';
import { ThreadFollowed } from '../common/followed/thread-followed.ts';
import type { LogLevel } from '../common/logging/levels.ts';
import type { Logging } from '../common/logging/logger.ts';
import type { TypeRegistry } from '../common/proto/type-registry.ts';
import type { RuntimeLayer } from '../common/runtime/runtime-entry.ts';
import { LayeredRuntimeSnapshot } from '../common/runtime/runtime-snapshot.ts';
import { ThreadSecrets } from '../common/secret/thread-secrets.ts';
import { SharedNumbers } from '../common/shared/shared-numbers.ts';
import type { ClusterConfig } from '../common/upstream/cluster-config.ts';
import type { LoopDispatcher } from '../event/dispatcher.ts';
import { GuardedDispatcher } from '../event/guarded-dispatcher.ts';
import type { SocketEngine } from '../network/engine/engine.ts';
import { FOLLOWED_SLOT, type FollowedSnapshot } from '../snapshot/followed.ts';
import type { ListenerAction } from '../snapshot/listener.ts';
import type { OverloadSnapshot } from '../snapshot/overload.ts';
import { SECRET_SLOT, type SecretSnapshot } from '../snapshot/secret.ts';
import type { FromWorker, ToWorker, WorkerCall } from '../snapshot/worker-messages.ts';
import { WorkerSlots } from '../thread-local/worker-slots.ts';
import { FileAccessLogManager, type WorkerAccessLogs } from './access-log/access-log-manager.ts';
import type { ActiveListener, ListenerEnvironment } from './listener/active-listener.ts';
import { ConnectionAdmission } from './listener/connection-admission.ts';
import { ConnectionCount } from './listener/connection-count.ts';
import { ConnectionHandler } from './listener/connection-handler.ts';
import { type ListenerParts, listenerSlot } from './listener/listener-slot.ts';
import { ConnectionIds } from './network/connection-info.ts';
import { WorkerOverloadState } from './overload-state.ts';
import { asyncClientStats } from './router/router-config.ts';
import { WorkerScaledTimeouts } from './scaled-timeouts.ts';
import { createUpstream } from './upstream/create-upstream.ts';
import type { ProbeConnections } from './upstream/probe-connections.ts';
import type { WorkerClusterManager } from './upstream/thread-local-cluster-manager.ts';

/** What a worker is made of: the thread provides it, or the simulation. */
export interface WorkerDependencies {
  /** 0…; -1 for the main thread's own handler (admin). */
  readonly index: number;
  readonly concurrency: number;
  /** Statistics of a cluster's traffic are there from its first use on; default false. */
  readonly deferTrafficStats?: boolean;
  readonly dispatcher: LoopDispatcher;
  readonly engine: SocketEngine;
  readonly types: TypeRegistry;
  readonly extensions: ExtensionLookup;
  readonly logging: Logging;
  readonly scope: Scope;
  readonly localInfo: LocalInfo;
  readonly drainTimeMs: number;
  readonly statsEvictionIntervalMs: number;
  readonly drainStrategy: 'gradual' | 'immediate';
  /** What configuration refers to outside itself; undefined in tests that need none. */
  readonly resources?: ConfigResources;
  readonly accessLog: { readonly flushIntervalMs: number; readonly flushMinSizeBytes: number };
  /** Main's own; default: what the runtime slot brings. */
  readonly runtime?: Runtime;
  /** Whether /healthcheck/fail was called before; default false. */
  readonly healthCheckFailed?: boolean;
  /** Where threads count accepted connections (snapshot/connection-counts.ts). */
  readonly connectionCounts: SharedArrayBuffer;
  /** Numbers that threads share by key (common/shared/shared-numbers.ts). */
  readonly sharedNumbers: SharedArrayBuffer;
  readonly overload?: OverloadSnapshot | undefined;
  /** Whether the overload manager limits connections; default: as `overload` says. */
  readonly connectionsMonitored?: boolean;
  /** Default: files. */
  readonly accessLogs?: WorkerAccessLogs;
  post(message: FromWorker): void;
}

/** One worker: its listeners, clusters and everything that main's snapshots make (Envoy's WorkerImpl). */
export class Worker {
  readonly context: ServerFactoryContext;
  readonly handler: ConnectionHandler;
  readonly #dependencies: WorkerDependencies;
  readonly #slots: WorkerSlots<undefined>;
  readonly #accessLogs: WorkerAccessLogs;
  readonly #clusters: WorkerClusterManager;
  readonly #logger: Logger;
  readonly #environment: ListenerEnvironment;
  readonly #ownRuntime: { snapshot: LayeredRuntimeSnapshot };
  readonly #runtime: Runtime;
  readonly #overload: WorkerOverloadState | undefined;
  readonly #scaledTimeouts: WorkerScaledTimeouts | undefined;
  readonly #secrets: ThreadSecrets;
  readonly #followed = new ThreadFollowed();
  /** What extensions share on this thread. */
  readonly #singletons = new Map<string, unknown>();
  #healthCheckFailed: boolean;

  constructor(dependencies: WorkerDependencies) {
    const { dispatcher, scope, engine, logging } = dependencies;
    this.#dependencies = dependencies;
    this.#healthCheckFailed = dependencies.healthCheckFailed === true;
    this.#logger = logging.logger('main');
    this.#ownRuntime = { snapshot: new LayeredRuntimeSnapshot([], dispatcher.random) };
    this.#runtime = dependencies.runtime ?? this.#ownRuntime;
    this.#accessLogs = dependencies.accessLogs ?? new FileAccessLogManager(dispatcher, scope, dependencies.accessLog);
    this.#secrets = new ThreadSecrets(dependencies.resources?.secrets);
    this.handler = new ConnectionHandler(engine);
    this.#overload = dependencies.overload && new WorkerOverloadState(dependencies.overload, scope, dispatcher.random);
    this.#scaledTimeouts = WorkerScaledTimeouts.create(dependencies.overload);
    const connectionIds = new ConnectionIds(dependencies.index + 1, dependencies.concurrency + 1);
    const upstream = {
      ...{ ...dependencies, connectionIds, runtime: this.#runtime, serverContext: () => this.context },
      tellMain: (topic: string, data: unknown) => dependencies.post({ kind: 'event', topic, data }),
    };
    this.#clusters = createUpstream(upstream);
    this.context = this.#createContext();
    asyncClientStats(this.context);
    this.#slots = new WorkerSlots(undefined);
    this.#environment = this.#createEnvironment(connectionIds);
    this.#defineSlots();
  }

  onMessage(message: ToWorker): void {
    switch (message.kind) {
      case 'slot-batch':
        return this.#dependencies.post(this.#slots.apply(message));
      case 'call':
        return this.#dependencies.post({ kind: 'answer', id: message.id, result: this.#answer(message) });
      case 'adopt':
        // First, so that main never hands on a descriptor that died with us: its number may be another's by then.
        this.#dependencies.post({ kind: 'adopted', id: message.id });
        return this.handler.adopt(message.connection, message.isBooked);
      case 'shutdown':
        return this.shutdown();
    }
  }

  /** Adds a listener that no slot brings: the main thread's own. */
  addListener(tag: string, create: (parts: ListenerParts) => ActiveListener): void {
    this.handler.add(tag, create({ server: this.context, handler: this.handler, environment: this.#environment }));
  }

  /** Of the main thread's own: connections to hosts that are to be checked. */
  createProbes(config: ClusterConfig, breakers: SharedArrayBuffer): ProbeConnections {
    return this.#clusters.createProbes(config, breakers);
  }

  /** Closes listeners, connections and logs; nothing is lost. */
  shutdown(): void {
    this.handler[Symbol.dispose]();
    this.#clusters.shutdown();
    this.#slots.shutdown();
    // What ended with them may log at the end of the iteration.
    this.#dependencies.dispatcher.clearDeferredDeleteList();
    this.#accessLogs[Symbol.dispose]();
    this.#dependencies.post({ kind: 'stopped' });
  }

  /** The thread ends, in whatever state it is: what extensions hold of the system goes. */
  release(): void {
    for (const singleton of this.#singletons.values())
      (singleton as Partial<Disposable> | undefined)?.[Symbol.dispose]?.();
    this.#singletons.clear();
  }

  #createContext(): ServerFactoryContext {
    const { scope, extensions, logging, localInfo, index, drainTimeMs, resources, sharedNumbers } = this.#dependencies;
    const logger = (name: string): Logger => logging.logger(name);
    const dispatcher = new GuardedDispatcher(this.#dependencies.dispatcher, (error) =>
      reportExtensionFault({ logger }, scope.scope('server'), 'a callback of an extension', error),
    );
    const singletons = this.#singletons;
    const singleton = <T>(key: string, create: () => T): T => {
      if (!singletons.has(key)) singletons.set(key, create());
      return singletons.get(key) as T;
    };
    const uuid = () => dispatcher.random.uuid();
    const numbers = new SharedNumbers(sharedNumbers, index);
    return {
      workerIndex: index,
      dispatcher,
      timeSource: dispatcher.timeSource,
      random: dispatcher.random,
      scope,
      runtime: this.#runtime,
      localInfo,
      clusterManager: this.#clusters,
      accessLogManager: this.#accessLogs,
      extensions,
      ...(resources === undefined
        ? {}
        : {
            resources: {
              ...resources,
              ...this.#ownResources,
              node: localInfo,
              runtime: this.#runtime,
              uuid,
              shared: singleton,
            },
          }),
      logger,
      singleton,
      overload: this.#overload,
      scaledTimeouts: this.#scaledTimeouts,
      sharedNumber: (key) => numbers.acquire(key),
      sharedCount: (key) => numbers.acquireCount(key),
      drainTimeMs,
      statsEvictionIntervalMs: this.#dependencies.statsEvictionIntervalMs,
      healthCheckFailed: () => this.#healthCheckFailed,
    };
  }

  /** What main tells all workers; its own admin interface refers to none of it. */
  get #ownResources(): Partial<ConfigResources> {
    const secrets = this.#secrets;
    return this.#dependencies.index < 0 ? { secrets } : { secrets, followed: this.#followed };
  }

  #createEnvironment(connectionIds: ConnectionIds): ListenerEnvironment {
    const { index, drainTimeMs, drainStrategy, connectionCounts } = this.#dependencies;
    const connections = new ConnectionCount(connectionCounts, index);
    const overload = this.#overload;
    const isMonitored = this.#dependencies.connectionsMonitored ?? overload?.maxDownstreamConnections !== undefined;
    return {
      handlerName: index < 0 ? 'main_thread' : `worker_${index}`,
      connectionIds,
      drainOptions: { drainTimeMs, strategy: drainStrategy, healthCheckFailed: () => this.#healthCheckFailed },
      admission: new ConnectionAdmission({ connections, runtime: this.#runtime, overload, isMonitored }),
      passConnection: (to, connection) => this.#dependencies.post({ kind: 'pass-connection', to, connection }),
      findListener: (address) => this.handler.findByAddress(address),
      overload,
      scaledTimeouts: this.#scaledTimeouts,
    };
  }

  #defineSlots(): void {
    const { types } = this.#dependencies;
    this.#slots.define<readonly RuntimeLayer[], LayeredRuntimeSnapshot>({
      name: 'runtime',
      create: (layers) => {
        this.#ownRuntime.snapshot = new LayeredRuntimeSnapshot(layers, this.#dependencies.dispatcher.random);
        return this.#ownRuntime.snapshot;
      },
    });
    this.#slots.define(secretSlot(types, this.#secrets));
    this.#slots.define(followedSlot(this.#followed));
    const { cluster, hosts } = this.#clusters.slotDefinitions();
    this.#slots.define(cluster);
    this.#slots.define(hosts);
    const environment = this.#environment;
    this.#slots.define(listenerSlot({ server: this.context, types, handler: this.handler, environment }));
  }

  #answer({ method, argument }: WorkerCall): unknown {
    const { logging } = this.#dependencies;
    switch (method) {
      case 'reopen_logs':
        logging.reopen();
        return this.#accessLogs.reopen();
      case 'flush_logs':
        return this.#accessLogs.flush();
      case 'set_log_level':
        return setLevel(logging, argument as [string | undefined, LogLevel]);
      case 'listener_action':
        return this.handler.act(argument as ListenerAction);
      case 'accept_connections':
        return this.handler.acceptConnections(argument === true);
      case 'scale_timeouts':
        return this.#scaledTimeouts?.changed();
      case 'healthcheck_fail':
        this.#healthCheckFailed = argument === true;
        this.#logger.debug(`health check ${this.#healthCheckFailed ? 'fails' : 'is well'} on order`);
        return undefined;
    }
  }
}

function setLevel(logging: Logging, [component, level]: [string | undefined, LogLevel]): void {
  if (component === undefined) logging.setAllLevels(level);
  else logging.setLevel(component, level);
}

function secretSlot(types: TypeRegistry, secrets: ThreadSecrets): SlotDefinition<SecretSnapshot, undefined, undefined> {
  return {
    name: SECRET_SLOT,
    create({ bytes }, key) {
      const desc = types.requireMessage('envoy.extensions.transport_sockets.tls.v3.Secret');
      const { value } = (types.requireDecoded(desc, bytes) as Secret).type;
      if (value !== undefined) secrets.set(key, value);
      return undefined;
    },
  };
}

function followedSlot(followed: ThreadFollowed): SlotDefinition<FollowedSnapshot, undefined, undefined> {
  return {
    name: FOLLOWED_SLOT,
    create(contents, key) {
      followed.set(key, contents);
      return undefined;
    },
  };
}
