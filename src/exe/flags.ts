/** Envoy's command line: which flags there are, which take a value, and how the parser complains (TCLAP's words). */

export class CommandLineError extends Error {
  /** Whether a usage hint follows the message. */
  readonly showUsage: boolean;
  constructor(message: string) {
    super(message);
    this.name = 'CommandLineError';
    this.showUsage = message.startsWith('PARSE ERROR');
  }
}

interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly kind: 'text' | 'number' | 'switch';
  readonly repeatable?: true;
  readonly help: string;
}

/** In the order in which --help prints them. */
export const flagTable: readonly Flag[] = [
  {
    name: 'config-path',
    short: 'c',
    kind: 'text',
    help: 'Path to configuration file (.yaml, .yml, .json, .pb, .pb_text)',
  },
  { name: 'config-yaml', kind: 'text', help: 'Inline YAML configuration, merged over the contents of --config-path' },
  {
    name: 'mode',
    kind: 'text',
    help: "'serve' (default), 'validate' (check the configuration and exit) or 'init_only' (start up and exit)",
  },
  { name: 'concurrency', kind: 'number', help: 'Number of worker threads; the hardware threads by default' },
  { name: 'log-level', short: 'l', kind: 'text', help: 'trace, debug, info (default), warning, error, critical, off' },
  {
    name: 'component-log-level',
    kind: 'text',
    help: 'Comma-separated levels of components, e.g. upstream:debug,config:trace',
  },
  { name: 'log-format', kind: 'text', help: 'Format of the application log, in spdlog syntax' },
  { name: 'log-format-escaped', kind: 'switch', help: 'Escape control characters in the application log' },
  { name: 'log-path', kind: 'text', help: 'Write the application log to this file' },
  { name: 'admin-address-path', kind: 'text', help: 'Write the address of the admin listener to this file' },
  { name: 'local-address-ip-version', kind: 'text', help: 'v4 (default) or v6' },
  { name: 'service-cluster', kind: 'text', help: 'Cluster name of this node' },
  { name: 'service-node', kind: 'text', help: 'Node name' },
  { name: 'service-zone', kind: 'text', help: 'Zone name' },
  { name: 'drain-time-s', kind: 'number', help: 'Drain time of removed listeners, seconds (600)' },
  { name: 'drain-strategy', kind: 'text', help: 'gradual (default) or immediate' },
  { name: 'file-flush-interval-msec', kind: 'number', help: 'How often log files are flushed, milliseconds (10000)' },
  { name: 'file-flush-min-size-kb', kind: 'number', help: 'Buffered size at which log files are flushed, KiB (64)' },
  { name: 'allow-unknown-static-fields', kind: 'switch', help: 'Allow unknown fields in static configuration' },
  { name: 'allow-unknown-fields', kind: 'switch', help: 'The same, deprecated' },
  { name: 'reject-unknown-dynamic-fields', kind: 'switch', help: 'Reject unknown fields in dynamic configuration' },
  {
    name: 'ignore-unknown-dynamic-fields',
    kind: 'switch',
    help: 'Do not count unknown fields in dynamic configuration',
  },
  { name: 'skip-deprecated-logs', kind: 'switch', help: 'Do not log the use of deprecated fields' },
  { name: 'disable-extensions', kind: 'text', help: 'Comma-separated list of extensions to disable' },
  { name: 'stats-tag', kind: 'text', repeatable: true, help: 'tag:value of every statistic; may be repeated' },
  {
    name: 'socket-engine',
    kind: 'text',
    help: 'auto (default: io_uring where the system has it), node or io_uring: how sockets are driven (Nuncio)',
  },
  {
    name: 'plugin',
    kind: 'text',
    repeatable: true,
    help: 'Load filters from this TypeScript file; may be repeated (Nuncio)',
  },
  { name: 'cpuset-threads', kind: 'switch', help: 'Default number of worker threads from the CPU affinity' },
  { name: 'base-id', kind: 'number', help: 'Accepted; there is no shared memory to tell apart' },
  { name: 'use-dynamic-base-id', kind: 'switch', help: 'Accepted, see --base-id' },
  { name: 'base-id-path', kind: 'text', help: 'Write the base id to this file' },
  { name: 'restart-epoch', kind: 'number', help: 'Accepted: hot restart does not exist here; 0 only' },
  { name: 'parent-shutdown-time-s', kind: 'number', help: 'Accepted: hot restart does not exist here' },
  { name: 'disable-hot-restart', kind: 'switch', help: 'Accepted: hot restart does not exist here' },
  { name: 'skip-hot-restart-on-no-parent', kind: 'switch', help: 'Accepted: hot restart does not exist here' },
  { name: 'skip-hot-restart-parent-stats', kind: 'switch', help: 'Accepted: hot restart does not exist here' },
  { name: 'socket-path', kind: 'text', help: 'Accepted: hot restart does not exist here' },
  { name: 'socket-mode', kind: 'text', help: 'Accepted: hot restart does not exist here' },
  { name: 'enable-fine-grain-logging', kind: 'switch', help: 'Accepted: log levels are by component' },
  { name: 'enable-mutex-tracing', kind: 'switch', help: 'Accepted: there are no mutexes' },
  { name: 'enable-core-dump', kind: 'switch', help: 'Accepted: core dumps follow the system limits' },
  { name: 'log-stacktrace-single-entry', kind: 'switch', help: 'Accepted: stack traces are single entries' },
  { name: 'hot-restart-version', kind: 'switch', help: 'Prints the hot restart compatibility version and exits' },
  { name: 'version', kind: 'switch', help: 'Prints the version and exits' },
  { name: 'help', short: 'h', kind: 'switch', help: 'Prints this and exits' },
];

const byLongName: ReadonlyMap<string, Flag> = new Map(flagTable.map((flag) => [flag.name, flag]));
const byShortName: ReadonlyMap<string, Flag> = new Map(
  flagTable.flatMap((flag) => (flag.short ? [[flag.short, flag]] : [])),
);

const uint32Range = 2 ** 32;

/**
 * Values by flag name, as TCLAP reads them: flag and value are two arguments, or one with a blank between them; `--name=value`
 * is no flag, an empty argument and a dash are nothing at all. A switch has the value '', a number without one its
 * default. What only prints something counts as soon as it is read. Throws CommandLineError.
 */
export function parseFlags(args: readonly string[]): Map<string, string[]> {
  const values = new Map<string, string[]>();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (arg === '--' || arg === '--ignore_rest') break;
    if (arg === '' || arg === '-') continue;
    const { flag, value } = splitArgument(arg);
    if (values.has(flag.name) && flag.repeatable !== true) throw parseError(title(flag), 'Argument already set!');
    if (flag.kind === 'switch') {
      if (value !== undefined) throw parseError(arg, "Couldn't find match for argument");
      values.set(flag.name, ['']);
      if (flag.name === 'version' || flag.name === 'help') break;
      continue;
    }
    const given = value ?? args[++i];
    if (given === undefined) throw parseError(title(flag), 'Missing a value for this argument!');
    const text = flag.kind === 'number' ? readNumber(flag, given) : given;
    if (text !== undefined) values.set(flag.name, [...(values.get(flag.name) ?? []), text]);
  }
  return values;
}

function splitArgument(arg: string): { flag: Flag; value: string | undefined } {
  const blank = arg.indexOf(' ');
  const name = blank < 0 ? arg : arg.slice(0, blank);
  const flag = name.startsWith('--') ? byLongName.get(name.slice(2)) : byShortName.get(name.slice(1));
  if (flag === undefined || !name.startsWith('-')) throw parseError(arg, "Couldn't find match for argument");
  return { flag, value: blank < 0 ? undefined : arg.slice(blank + 1) };
}

/** A uint32 as C++ streams read it: blanks and a sign before it, what is below zero wraps around. Undefined: nothing there. */
function readNumber(flag: Flag, text: string): string | undefined {
  if (text === '') return undefined;
  const [, sign, digits] = /^\s*([+-]?)(\d+)$/.exec(text) ?? [];
  const value = Number(digits);
  // So many workers as -1 would be are nobody's wish.
  const wraps = sign === '-' && value > 0;
  if (digits === undefined || value >= uint32Range || (wraps && flag.name === 'concurrency'))
    throw parseError(title(flag), `Couldn't read argument value from string '${text}'`);
  return String(wraps ? uint32Range - value : value);
}

function title(flag: Flag): string {
  return `${flag.short ? `-${flag.short} ` : ''}(--${flag.name})`;
}

function parseError(argument: string, fault: string): CommandLineError {
  return new CommandLineError(`PARSE ERROR: Argument: ${argument}\n             ${fault}`);
}

/** What --help prints. */
export function usage(program: string): string {
  const rows = flagTable.map(({ name, short, kind, help }) => {
    const value = kind === 'switch' ? '' : kind === 'number' ? ' <uint32_t>' : ' <string>';
    return `   ${short ? `-${short},  ` : ''}--${name}${value}\n     ${help}`;
  });
  return `\nUSAGE: \n\n   ${program}  [-c <file>] [flags]\n\nWhere: \n\n${rows.join('\n\n')}\n`;
}
