import { writeFileSync } from 'node:fs';
import { ConfigError } from '../../sdk/config.ts';
import type { Logger } from '../../sdk/extension.ts';
import { Logging } from '../common/logging/logger.ts';
import { RealDispatcher } from '../event/real-dispatcher.ts';
import type { ServerConfig } from '../main/config/server-config.ts';
import type { Server } from '../main/server.ts';
import { SocketError } from '../network/engine/socket-error.ts';
import { startGuardDog } from './guard-dog-thread.ts';
import { loadConfig } from './load-config.ts';
import { loadExtensions } from './load-extensions.ts';
import { openLogSink } from './log-sink.ts';
import type { Options } from './options.ts';
import { processDependencies } from './process-dependencies.ts';
import { ProxyProcess } from './proxy-process.ts';
import { loadTypes } from './types.ts';

/** Validates, or serves until a signal or /quitquitquit ends it. Answers the exit code. */
export async function runProxy(options: Options): Promise<number> {
  const dispatcher = new RealDispatcher('main_thread');
  const [logging, fault] = openLogging(options, dispatcher);
  const logger = logging.logger('main');
  try {
    if (fault !== undefined) throw fault;
    const types = loadTypes();
    const warn = (text: string) => logging.logger('misc').warn(text);
    const extensions = await loadExtensions(options.plugins, options.disabledExtensions, warn);
    const config = loadConfig(options, types, extensions, () => dispatcher.random.uuid(), warn);
    if (config.logFormat !== undefined) logging.setFormat(config.logFormat);
    if (options.mode === 'validate') return reportValid(options, config);
    if (options.baseIdPath !== '') writeFileSync(options.baseIdPath, String(options.baseId));
    const dependencies = processDependencies({ options, config, types, extensions, logging, dispatcher });
    using _engine = dependencies.engine;
    const watch = (server: Server) => startGuardDog(server.watchdogTouches, server.scope, dependencies);
    return await new ProxyProcess(options, dependencies, watch).run();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return reportFaults(options, error, logger);
  } finally {
    dispatcher.shutdown();
  }
}

/** A log file that cannot be opened is a fault like those of the configuration; it is told on standard error. */
function openLogging(options: Options, dispatcher: RealDispatcher): readonly [Logging, ConfigError | undefined] {
  // Who only validates writes no log.
  if (options.mode === 'validate') return [createLogging({ ...options, logPath: '' }, dispatcher), undefined];
  try {
    return [createLogging(options, dispatcher), undefined];
  } catch (error) {
    const path = `'${options.logPath}'`;
    const why = new SocketError((error as NodeJS.ErrnoException).code ?? '').message;
    const text = `Failed to open log-file ${path}. e.what(): unable to open file ${path}: ${why}`;
    return [createLogging({ ...options, logPath: '' }, dispatcher), new ConfigError(text)];
  }
}

function createLogging(options: Options, dispatcher: RealDispatcher): Logging {
  const {
    logLevel: level,
    componentLogLevels: componentLevels,
    logFormat: format,
    logFormatEscaped,
    logPath,
  } = options;
  const settings = { level, componentLevels, format, escape: logFormatEscaped, threadId: process.pid };
  return new Logging(settings, dispatcher.timeSource, openLogSink(logPath));
}

function reportValid({ configPath }: Options, _config: ServerConfig): number {
  process.stdout.write(`configuration '${configPath}' OK\n`);
  return 0;
}

/** Every fault on a line of its own, with its place. */
function reportFaults({ configPath, mode }: Options, error: ConfigError, logger: Logger): number {
  const doing = mode === 'validate' ? 'error initializing configuration' : 'error initializing config';
  logger.critical(`${doing} '${configPath}': ${error.problems.length} problem(s) found`);
  process.stderr.write(`${error.message}\n`);
  return 1;
}
