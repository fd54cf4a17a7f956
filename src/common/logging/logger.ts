import type { TimeSource } from '../../../sdk/event.ts';
import type { Logger } from '../../../sdk/extension.ts';
import { componentNames, type LogLevel, levelRank } from './levels.ts';
import { compileLogFormat } from './log-format.ts';

export interface LoggingOptions {
  readonly level: LogLevel;
  readonly componentLevels: ReadonlyMap<string, LogLevel>;
  readonly format: string;
  /** Replace control characters by escapes, so that an entry is one line. */
  readonly escape: boolean;
  readonly threadId: number;
}

/** Takes whole lines, each with its newline. */
export interface LogSink {
  (line: string): void;
  /** For SIGUSR1: a file is opened anew. */
  reopen?(): void;
}

class Level {
  rank: number;
  constructor(rank: number) {
    this.rank = rank;
  }
}

class ComponentLogger implements Logger {
  readonly name: string;
  readonly #level: Level;
  readonly #emit: (level: LogLevel, component: string, message: string) => void;

  constructor(name: string, level: Level, emit: (level: LogLevel, component: string, message: string) => void) {
    this.name = name;
    this.#level = level;
    this.#emit = emit;
  }
  get traceEnabled(): boolean {
    return this.#level.rank <= 0;
  }
  get debugEnabled(): boolean {
    return this.#level.rank <= 1;
  }
  trace(message: string): void {
    this.#log('trace', 0, message);
  }
  debug(message: string): void {
    this.#log('debug', 1, message);
  }
  info(message: string): void {
    this.#log('info', 2, message);
  }
  warn(message: string): void {
    this.#log('warning', 3, message);
  }
  error(message: string): void {
    this.#log('error', 4, message);
  }
  critical(message: string): void {
    this.#log('critical', 5, message);
  }
  #log(level: LogLevel, rank: number, message: string): void {
    if (rank >= this.#level.rank) this.#emit(level, this.name, message);
  }
}

/** A thread's application log: a level for each of Envoy's components, one format, one sink. */
export class Logging {
  readonly #levels = new Map<string, Level>();
  readonly #loggers = new Map<string, Logger>();
  readonly #options: LoggingOptions;
  #format: (record: Parameters<ReturnType<typeof compileLogFormat>>[0]) => string;
  readonly #time: TimeSource;
  readonly #sink: LogSink;

  constructor(options: LoggingOptions, time: TimeSource, sink: LogSink) {
    this.#options = options;
    this.#format = compileLogFormat(options.format, time.systemTimeMs());
    this.#time = time;
    this.#sink = sink;
    for (const name of componentNames) {
      this.#levels.set(name, new Level(levelRank(options.componentLevels.get(name) ?? options.level)));
    }
  }

  /** The logger of a component; a name that Envoy does not have logs at the general level. */
  logger(name: string): Logger {
    let logger = this.#loggers.get(name);
    if (logger === undefined) {
      logger = new ComponentLogger(name, this.#levelOf(name), this.#emit);
      this.#loggers.set(name, logger);
    }
    return logger;
  }

  /** SIGUSR1. */
  reopen(): void {
    this.#sink.reopen?.();
  }

  /** From now on entries have this format (`application_log_config`). */
  setFormat(format: string): void {
    this.#format = compileLogFormat(format, this.#time.systemTimeMs());
  }

  /** Current rank by component, as /logging lists them. */
  ranks(): ReadonlyMap<string, number> {
    return new Map([...this.#levels].map(([name, level]) => [name, level.rank]));
  }

  /** False when there is no such component. */
  setLevel(component: string, level: LogLevel): boolean {
    const known = this.#levels.get(component);
    if (known === undefined) return false;
    known.rank = levelRank(level);
    return true;
  }

  setAllLevels(level: LogLevel): void {
    for (const known of this.#levels.values()) known.rank = levelRank(level);
  }

  #levelOf(name: string): Level {
    let level = this.#levels.get(name);
    if (level === undefined) {
      level = new Level(levelRank(this.#options.level));
      this.#levels.set(name, level);
    }
    return level;
  }

  readonly #emit = (level: LogLevel, component: string, message: string): void => {
    const text = this.#options.escape ? JSON.stringify(message).slice(1, -1) : message;
    const record = {
      timeMs: this.#time.systemTimeMs(),
      threadId: this.#options.threadId,
      level,
      component,
      message: text,
    };
    this.#sink(`${this.#format(record)}\n`);
  };
}
