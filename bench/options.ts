import { parseArgs } from 'node:util';
import type { BenchOptions } from './scenarios/scenario.ts';

export interface RunOptions extends BenchOptions {
  /** Names of scenarios; all when empty. */
  readonly scenarios: readonly string[];
  /** Names of proxies; all that are installed when empty. */
  readonly peers: readonly string[];
  readonly turns: number;
  /** Put the tables into docs/performance.md. */
  readonly write: boolean;
}

export const usage = `npm run bench -- [--scenario http,tcp,…] [--peers Nuncio,Envoy,…] [--turns 3] [--seconds 5]
  [--warm-up 10] [--proxy-cpu 0] [--load-cpu 1] [--idle 10000] [--table-size 100000] [--smoke] [--write]

  --smoke  one short turn with small numbers: whether it runs, not how fast
  --write  puts the tables into docs/performance.md
`;

type Defaults = Readonly<Record<'turns' | 'seconds' | 'warm-up' | 'idle' | 'table-size', string>>;

/** Options of bench/turns.ts. */
export interface TurnOptions extends RunOptions {
  /** Clones by their folders, peers by their names. */
  readonly contenders: readonly string[];
}

const smoke: Defaults = { turns: '1', seconds: '0.2', 'warm-up': '0.2', idle: '50', 'table-size': '50' };

const whole: Defaults = { turns: '3', seconds: '5', 'warm-up': '10', idle: '10000', 'table-size': '100000' };
const shortTurns: Defaults = { ...whole, turns: '15', seconds: '1' };

/** Throws TypeError on flags that are not known. */
export function parseRunOptions(args: readonly string[]): RunOptions {
  return parse(args, whole, false);
}

/** Throws TypeError on flags that are not known. */
export function parseTurnOptions(args: readonly string[]): TurnOptions {
  const options = parse(args, shortTurns, true);
  return { ...options, scenarios: options.scenarios.length > 0 ? options.scenarios : ['http'] };
}

function parse(args: readonly string[], usual: Defaults, allowPositionals: boolean): TurnOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals,
    options: {
      scenario: { type: 'string', default: '' },
      peers: { type: 'string', default: '' },
      turns: { type: 'string' },
      seconds: { type: 'string' },
      'warm-up': { type: 'string' },
      'proxy-cpu': { type: 'string', default: '0' },
      'load-cpu': { type: 'string', default: '1' },
      idle: { type: 'string' },
      'table-size': { type: 'string' },
      smoke: { type: 'boolean', default: false },
      write: { type: 'boolean', default: false },
    },
  });
  const defaults = values.smoke ? smoke : usual;
  return {
    scenarios: list(values.scenario),
    peers: list(values.peers),
    turns: Number(values.turns ?? defaults.turns),
    seconds: Number(values.seconds ?? defaults.seconds),
    warmUpSeconds: Number(values['warm-up'] ?? defaults['warm-up']),
    proxyCpu: Number(values['proxy-cpu']),
    loadCpu: Number(values['load-cpu']),
    idleConnections: Number(values.idle ?? defaults.idle),
    tableSize: Number(values['table-size'] ?? defaults['table-size']),
    write: values.write,
    contenders: positionals,
  };
}

function list(text: string): string[] {
  return text.split(',').filter(Boolean);
}
