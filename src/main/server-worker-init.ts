import { logLevels } from '../common/logging/levels.ts';
import type { StatsMemory } from '../common/stats/stats-memory.ts';
import type { LoggingInit } from '../snapshot/logging.ts';
import type { SocketEngineInit, StatsSinksSnapshot, WorkerInit } from '../snapshot/worker-messages.ts';
import type { ServerDependencies } from './server-dependencies.ts';

const kibibyte = 1024;

/** The command line wins over the bootstrap. */
export function socketEngineOf(
  { socketEngine }: Pick<ServerDependencies['options'], 'socketEngine'>,
  { ioUring }: Pick<ServerDependencies['config'], 'ioUring'>,
): SocketEngineInit {
  const choice = socketEngine === 'auto' && ioUring !== undefined ? 'io_uring' : socketEngine;
  return { choice, submissions: ioUring?.size, receiveBufferBytes: ioUring?.readBufferBytes };
}

/** As this thread logs, with what /logging has set meanwhile. */
export function createLoggingInit({
  options,
  config,
  logging,
}: Pick<ServerDependencies, 'options' | 'config' | 'logging'>): LoggingInit {
  return {
    level: options.logLevel,
    componentLevels: new Map([...logging.ranks()].map(([name, rank]) => [name, logLevels[rank] ?? 'off'])),
    format: config.logFormat ?? options.logFormat,
    escape: options.logFormatEscaped,
    path: options.logPath,
  };
}

/** What a worker is born with. */
export function createWorkerInit(
  index: number,
  statsMemory: StatsMemory,
  shared: Pick<WorkerInit, 'watchdog' | 'connectionCounts' | 'sharedNumbers' | 'overload' | 'healthCheckFailed'>,
  { options, config, localInfo, logging, types, encode }: ServerDependencies,
): WorkerInit {
  return {
    index,
    concurrency: options.concurrency,
    enableDispatcherStats: config.enableDispatcherStats,
    deferTrafficStats: config.deferTrafficStats,
    drainTimeMs: options.drainTimeMs,
    statsEvictionIntervalMs: config.statsEvictionIntervalMs,
    drainStrategy: options.drainStrategy,
    logging: createLoggingInit({ options, config, logging }),
    accessLog: {
      flushIntervalMs: options.fileFlushIntervalMs,
      flushMinSizeBytes: options.fileFlushMinSizeKb * kibibyte,
    },
    localInfo,
    descriptors: types.source.block,
    statsMemory,
    statsSinks: statsSinksOf(config, options, encode),
    ...shared,
    watchdogMissMs: config.workerWatchdog.missMs,
    secrets: config.secrets.map(({ bytes }) => bytes),
    plugins: options.plugins,
    disabledExtensions: options.disabledExtensions,
    socketEngine: socketEngineOf(options, config),
  };
}

function statsSinksOf(
  { bootstrap: { statsSinks, statsConfig } }: ServerDependencies['config'],
  { statsTags }: ServerDependencies['options'],
  encode: ServerDependencies['encode'],
): StatsSinksSnapshot | undefined {
  if (statsSinks.length === 0) return undefined;
  return { sinks: statsSinks.map(encode), config: statsConfig && encode(statsConfig), tags: statsTags };
}
