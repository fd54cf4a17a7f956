import { componentNames, type LogLevel, parseLogLevel } from '../common/logging/levels.ts';
import { defaultLogFormat } from '../common/logging/log-format.ts';
import type { CommandLineFacts } from '../main/admin/command-line-options.ts';
import type { SocketEngineChoice } from '../snapshot/worker-messages.ts';
import { CommandLineError, parseFlags } from './flags.ts';

/** What the command line asked for, checked: what `/server_info` shows and what only the process itself needs. */
export interface Options extends CommandLineFacts {
  readonly concurrency: number | undefined;
  readonly logLevel: LogLevel;
  readonly componentLogLevels: ReadonlyMap<string, LogLevel>;
  readonly fileFlushMinSizeKb: number;
  readonly socketEngine: SocketEngineChoice;
  readonly plugins: readonly string[];
}

/** What to do instead of serving: print and leave with code 0. */
export interface Notice {
  readonly notice: 'version' | 'help' | 'hot-restart-version' | 'hot-restart-disabled';
}

/** Reads the arguments as Envoy does (its flags and error texts). Throws CommandLineError. */
export function parseOptions(args: readonly string[]): Options | Notice {
  const flags = parseFlags(args);
  for (const notice of ['version', 'help', 'hot-restart-version'] as const) {
    if (!flags.has(notice)) continue;
    if (notice === 'hot-restart-version' && flags.has('disable-hot-restart')) return { notice: 'hot-restart-disabled' };
    return { notice };
  }
  return new OptionsReader(flags).read();
}

class OptionsReader {
  readonly #flags: ReadonlyMap<string, readonly string[]>;

  constructor(flags: ReadonlyMap<string, readonly string[]>) {
    this.#flags = flags;
  }

  read(): Options {
    return {
      ...this.#configuration(),
      ...this.#logging(),
      ...this.#times(),
      ...this.#identity(),
      mode: this.#choice('mode', ['serve', 'validate', 'init_only'], 'unknown mode'),
      concurrency: this.#flags.has('concurrency') ? this.#uint32('concurrency', 0) : undefined,
      // Envoy tells the mode there.
      drainStrategy: this.#choice(
        'drain-strategy',
        ['gradual', 'immediate'],
        'unknown drain-strategy',
        () => this.#flags.get('mode')?.[0] ?? 'serve',
      ),
      cpusetThreads: this.#flags.has('cpuset-threads'),
      disabledExtensions: this.#list('disable-extensions'),
      statsTags: (this.#flags.get('stats-tag') ?? []).map(parseStatsTag),
      socketEngine: this.#choice('socket-engine', ['auto', 'node', 'io_uring'], 'unknown socket engine'),
      plugins: this.#flags.get('plugin') ?? [],
      flags: this.#flags,
    };
  }

  #configuration() {
    return {
      configPath: this.#text('config-path'),
      configYaml: this.#text('config-yaml'),
      adminAddressPath: this.#text('admin-address-path'),
      allowUnknownStaticFields:
        this.#flags.has('allow-unknown-static-fields') || this.#flags.has('allow-unknown-fields'),
      rejectUnknownDynamicFields: this.#flags.has('reject-unknown-dynamic-fields'),
      ignoreUnknownDynamicFields: this.#flags.has('ignore-unknown-dynamic-fields'),
      skipDeprecatedLogs: this.#flags.has('skip-deprecated-logs'),
    };
  }

  #logging() {
    const level = this.#flags.get('log-level')?.[0] ?? 'info';
    const logLevel = parseLogLevel(level);
    if (logLevel === undefined) throw new CommandLineError(`error: invalid log level specified '${level}'`);
    const componentLevels = this.#text('component-log-level');
    if (componentLevels !== '' && this.#flags.has('enable-fine-grain-logging'))
      throw new CommandLineError('error: --component-log-level will not work with --enable-fine-grain-logging');
    return {
      logLevel,
      componentLogLevelText: componentLevels,
      componentLogLevels: parseComponentLevels(componentLevels),
      logFormat: this.#text('log-format') || defaultLogFormat,
      logFormatEscaped: this.#flags.has('log-format-escaped'),
      logPath: this.#text('log-path'),
    };
  }

  #times() {
    return {
      drainTimeMs: this.#uint32('drain-time-s', 600) * 1000,
      parentShutdownTimeMs: this.#uint32('parent-shutdown-time-s', 900) * 1000,
      fileFlushIntervalMs: this.#uint32('file-flush-interval-msec', 10_000),
      fileFlushMinSizeKb: this.#uint32('file-flush-min-size-kb', 64),
    };
  }

  #identity() {
    const version = this.#flags.get('local-address-ip-version')?.[0] ?? 'v4';
    if (version !== 'v4' && version !== 'v6')
      throw new CommandLineError(`error: unknown IP address version '${version}'`);
    const mode = this.#text('socket-mode');
    const isFile = this.#flags.has('socket-path') && !this.#text('socket-path').startsWith('@');
    if (isFile && this.#flags.has('socket-mode') && !/^\s*[0-7]+$/.test(mode))
      throw new CommandLineError(`error: invalid socket-mode '${mode}'`);
    const restartEpoch = this.#uint32('restart-epoch', 0);
    if (restartEpoch > 0 && this.#flags.has('use-dynamic-base-id'))
      throw new CommandLineError(`error: cannot use --restart-epoch=${restartEpoch} with --use-dynamic-base-id`);
    return {
      localAddressIpVersion: version as 'v4' | 'v6',
      serviceCluster: this.#text('service-cluster'),
      serviceNode: this.#text('service-node'),
      serviceZone: this.#text('service-zone'),
      restartEpoch,
      baseId: this.#uint32('base-id', 0),
      baseIdPath: this.#text('base-id-path'),
    };
  }

  #text(flag: string): string {
    return this.#flags.get(flag)?.[0] ?? '';
  }

  #list(flag: string): string[] {
    return this.#text(flag)
      .split(',')
      .filter((item) => item !== '');
  }

  #uint32(flag: string, fallback: number): number {
    return Number(this.#flags.get(flag)?.[0] ?? fallback);
  }

  #choice<const T extends string>(
    flag: string,
    values: readonly [T, ...T[]],
    fault: string,
    told = (text: string) => text,
  ): T {
    const text = this.#flags.get(flag)?.[0] ?? values[0];
    const value = values.find((known) => known === text);
    if (value === undefined) throw new CommandLineError(`error: ${fault} '${told(text)}'`);
    return value;
  }
}

function parseComponentLevels(text: string): ReadonlyMap<string, LogLevel> {
  const levels = new Map<string, LogLevel>();
  for (const item of text === '' ? [] : text.split(',')) {
    const [component = '', level, ...rest] = item.split(':');
    if (level === undefined || rest.length > 0)
      throw new CommandLineError(`error: component log level not correctly specified '${item}'`);
    const parsed = parseLogLevel(level);
    if (parsed === undefined) throw new CommandLineError(`error: invalid log level specified '${level}'`);
    if (!componentNames.includes(component))
      throw new CommandLineError(`error: invalid component specified '${component}'`);
    levels.set(component, parsed);
  }
  return levels;
}

function parseStatsTag(text: string): { name: string; value: string } {
  const colon = text.indexOf(':');
  const name = text.slice(0, colon);
  const value = text.slice(colon + 1);
  if (colon < 0) throw new CommandLineError(`error: misformatted stats-tag '${text}'`);
  if (!/^[A-Za-z0-9_]*$/.test(name))
    throw new CommandLineError(`error: misformatted stats-tag '${text}' contains invalid char in '${name}'`);
  if (value === '' || value.includes('.'))
    throw new CommandLineError(`error: misformatted stats-tag '${text}' contains invalid char in '${value}'`);
  return { name, value };
}
