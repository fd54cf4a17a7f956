import type { Listener } from '../../api/generated/envoy/config/listener/v3/listener_pb.d.ts';
import type { HttpConnectionManager } from '../../api/generated/envoy/extensions/filters/network/http_connection_manager/v3/http_connection_manager_pb.d.ts';
import { ConfigContext, ConfigError, ConfigErrorCollector } from '../../sdk/config.ts';
import type { Address } from '../../sdk/network.ts';
import type { ListenerConfig } from '../common/listener/listener-config.ts';
import { parseListener } from '../common/listener/parse-listener.ts';
import type { JsonInput } from '../common/proto/json-value.ts';
import { parseProtoJson } from '../common/proto/parse-proto-json.ts';
import { ExtensionRegistry } from '../extensions/registry.ts';
import type { AdminAllocations } from '../main/admin/admin-context.ts';
import { AdminRouter } from '../main/admin/admin-router.ts';
import { commandLineOptionsJson } from '../main/admin/command-line-options.ts';
import { defaultAdminHandlers } from '../main/admin/default-handlers.ts';
import { ServerConfigDump } from '../main/admin/server/config-dump.ts';
import { ServerAdminContext } from '../main/admin/server/server-admin-context.ts';
import type { AdminConfig } from '../main/config/admin-config.ts';
import { ListenerSockets } from '../main/listener/listener-sockets.ts';
import type { Server } from '../main/server.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import { hotRestartVersion, serverVersion } from '../main/version.ts';
import { createConnectionCounts } from '../snapshot/connection-counts.ts';
import { createListener } from '../worker/listener/listener-slot.ts';
import type { Worker } from '../worker/worker.ts';
import { adminFilter, adminFilterName } from './admin-filter.ts';
import { adminNode } from './admin-node.ts';
import { processResources } from './config-resources.ts';
import type { Options } from './options.ts';
import { packageVersion } from './package-version.ts';

const httpConnectionManager = 'envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager';

/** What the pages do with the whole process. */
export interface ProcessActions {
  /** Ends it in order. */
  quit(): void;
  reopenLogs(): void;
  readonly allocations: AdminAllocations;
}

/**
 * The admin interface: a listener of the main thread's own, with the data plane's connection and HTTP code and the
 * admin pages as its terminal filter. It answers before the clusters are ready.
 */
export class AdminServer implements Disposable {
  readonly #worker: Worker;
  readonly #config: ListenerConfig;
  readonly #sockets: ListenerSockets;

  /** Binds; throws ConfigError when the address cannot be had. */
  constructor(
    worker: Worker,
    server: Server,
    dependencies: ServerDependencies,
    admin: AdminConfig,
    options: Options,
    actions: ProcessActions,
  ) {
    const router = new AdminRouter(createContext(server, dependencies, options, actions), defaultAdminHandlers(), {
      isPathAllowed: admin.isPathAllowed,
      logger: dependencies.logging.logger('admin'),
    });
    const extensions = new ExtensionRegistry([...dependencies.extensions.all(), adminFilter(router)]);
    this.#config = adminListenerConfig(admin, { ...dependencies, extensions });
    this.#sockets = ListenerSockets.bind(this.#config, dependencies.engine);
    this.#worker = worker;
  }

  /** Begins to accept; the address, with the port that was chosen. */
  listen(): Address {
    this.#worker.addListener('admin', (parts) =>
      createListener(this.#config, this.#sockets.transfers(1), createConnectionCounts(0), parts),
    );
    const [address] = this.#sockets.addresses;
    if (address === undefined) throw new Error('the admin listener is bound');
    return address;
  }

  [Symbol.dispose](): void {
    this.#sockets[Symbol.dispose]();
  }
}

function createContext(
  server: Server,
  dependencies: ServerDependencies,
  options: Options,
  actions: ProcessActions,
): ServerAdminContext {
  const { config, types, mainStats, logging, dispatcher } = dependencies;
  const node = adminNode(config.bootstrap, dependencies);
  const loadedMs = dispatcher.timeSource.systemTimeMs();
  return new ServerAdminContext({
    server,
    stats: mainStats,
    tags: config.stats.tags,
    flushStatsOnAdmin: config.flushStatsOnAdmin,
    logging,
    configDump: new ServerConfigDump(server, types, {
      message: config.bootstrap,
      secrets: config.secrets,
      node,
      loadedMs,
    }),
    threads: dependencies.options.concurrency + 1,
    now: () => dispatcher.timeSource.systemTimeMs(),
    facts: {
      version: serverVersion(packageVersion()),
      hotRestartVersion,
      commandLineOptions: commandLineOptionsJson(options, dependencies.options.concurrency),
      node,
      memory: dependencies.memory,
      ...actions,
    },
  });
}

/** The listener as configuration: what serves it checks it like any other. */
function adminListenerConfig(
  admin: AdminConfig,
  { types, extensions, hash, config }: ServerDependencies,
): ListenerConfig {
  const collector = new ConfigErrorCollector();
  const ctx = new ConfigContext(collector, 'admin', types, extensions, processResources);
  const manager = parseProtoJson(
    types,
    types.requireMessage(httpConnectionManager),
    { ...managerJson, access_log: deprecatedLog(admin.accessLogPath) },
    ctx,
  ) as HttpConnectionManager;
  const { accessLog = [], address, socketOptions = [] } = config.bootstrap.admin ?? {};
  manager.accessLog = [...accessLog, ...manager.accessLog];
  const listener = parseProtoJson(
    types,
    types.requireMessage('envoy.config.listener.v3.Listener'),
    listenerJson,
    ctx,
  ) as Listener;
  const filter = listener.filterChains[0]?.filters[0];
  if (filter === undefined || address === undefined) throw new Error('the admin listener has a filter and an address');
  const typedConfig = types.pack(types.requireMessage(httpConnectionManager), manager);
  filter.configType = { case: 'typedConfig', value: { $typeName: 'google.protobuf.Any', ...typedConfig } as never };
  listener.address = address;
  listener.socketOptions = socketOptions;
  listener.ignoreGlobalConnLimit = admin.ignoreGlobalConnLimit;
  const parsed = parseListener(listener, ctx, { fallbackName: 'admin', hash });
  collector.throwIfAny();
  if (parsed === undefined) throw new ConfigError('the admin address cannot be used', 'admin.address');
  return { ...parsed, reusePort: false };
}

/** Of `access_log_path`: the default format. */
function deprecatedLog(path: string): JsonInput[] {
  if (path === '') return [];
  const type = 'type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog';
  return [{ name: 'envoy.access_loggers.file', typed_config: { '@type': type, path } }];
}

const managerJson = {
  stat_prefix: 'admin',
  use_remote_address: true,
  generate_request_id: false,
  normalize_path: true,
  merge_slashes: true,
  delayed_close_timeout: '0s',
  drain_timeout: '0.1s',
  stream_idle_timeout: '0s',
  http_protocol_options: { allow_absolute_url: false },
  common_http_protocol_options: { idle_timeout: '0s' },
  route_config: { name: 'admin', virtual_hosts: [{ name: 'admin', domains: ['*'] }] },
  http_filters: [{ name: adminFilterName, typed_config: { '@type': 'type.googleapis.com/google.protobuf.Empty' } }],
};

const listenerJson = {
  name: 'admin',
  stat_prefix: 'admin',
  filter_chains: [{ filters: [{ name: 'envoy.filters.network.http_connection_manager' }] }],
};
