import type { LogLevel } from '../common/logging/levels.ts';
import { Logging } from '../common/logging/logger.ts';
import type { LoopDispatcher } from '../event/dispatcher.ts';
import type { LoggingInit } from '../snapshot/logging.ts';
import { openLogSink } from './log-sink.ts';

/** The application log of a thread that main has started. */
export function openThreadLogging(init: LoggingInit, threadId: number, { timeSource }: LoopDispatcher): Logging {
  const { path, ...rest } = init;
  const level = rest.level as LogLevel;
  const componentLevels = rest.componentLevels as ReadonlyMap<string, LogLevel>;
  return new Logging({ ...rest, level, componentLevels, threadId }, timeSource, openLogSink(path));
}
