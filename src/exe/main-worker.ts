import type { Server } from '../main/server.ts';
import type { ServerDependencies } from '../main/server-dependencies.ts';
import type { WorkerAccessLogs } from '../worker/access-log/access-log-manager.ts';
import { Worker } from '../worker/worker.ts';
import { processResources } from './config-resources.ts';
import type { Options } from './options.ts';

/** What the main thread does with the workers' code: it serves the admin interface and checks hosts. Lives on in the server. */
export function createMainWorker(
  server: Server,
  dependencies: ServerDependencies,
  options: Options,
  accessLogs?: WorkerAccessLogs,
): Worker {
  const worker = new Worker({
    ...dependencies,
    ...dependencies.options,
    index: -1,
    deferTrafficStats: dependencies.config.deferTrafficStats,
    statsEvictionIntervalMs: dependencies.config.statsEvictionIntervalMs,
    resources: processResources,
    scope: server.scope,
    connectionCounts: server.connectionCounts,
    sharedNumbers: server.sharedNumbers,
    connectionsMonitored: dependencies.config.overload?.maxDownstreamConnections !== undefined,
    runtime: server.runtime,
    accessLog: { flushIntervalMs: options.fileFlushIntervalMs, flushMinSizeBytes: options.fileFlushMinSizeKb * 1024 },
    ...(accessLogs !== undefined && { accessLogs }),
    post: () => {},
  });
  server.setMainThread({
    accessLogManager: worker.context.accessLogManager,
    createProbes: (config, breakers) => worker.createProbes(config, breakers),
  });
  return worker;
}
