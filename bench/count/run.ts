/**
 * Instructions, and misses of simulated caches, of one case of bench/micro/proxied-request.bench.ts, a request: figures that
 * noise of the machine leaves alone. `npm run bench:count -- 'plain GET, 100' [--top 40] [--data] [--by instructions|code|data] [--warm-up 1500]`; it takes
 * QEMU's user mode (`qemu-user`), a C compiler and five minutes.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findProgram } from '../peers/peer.ts';
import { byFunction, CodeMap, columns } from './code-map.ts';

const turns = 3;
const emulator = 'qemu-x86_64';
const bench = join(import.meta.dirname, '../micro/proxied-request.bench.ts');
const root = new URL('../../', import.meta.url).href;

/** Instructions, first-level misses of code and of data, second-level misses. */
type Count = readonly number[];

function compilePlugin(folder: string): string {
  const plugin = join(folder, 'plugin.so');
  const source = join(import.meta.dirname, 'plugin.c');
  const { status } = spawnSync('cc', ['-O2', '-shared', '-fPIC', '-o', plugin, source], { stdio: 'inherit' });
  if (status !== 0) throw new Error('the plugin needs a C compiler, cc');
  return plugin;
}

/** What the plugin said of each turn; between turns hardly anything runs. */
function readCounts(output: string): Count[] {
  const counts = [...output.matchAll(/^COUNT (.*)$/gm)].map(([, numbers = '']) => numbers.split(' ').map(Number));
  const turnsOnly = counts.map((count, i) => count.map((n, k) => n - (counts[i - 1]?.[k] ?? 0)));
  return turnsOnly.filter((_, i) => i % 2 === 0);
}

async function run(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      top: { type: 'string', default: '0' },
      data: { type: 'boolean', default: false },
      by: { type: 'string', default: 'instructions' },
      'warm-up': { type: 'string', default: '1500' },
    },
  });
  const column = columns[values.by as keyof typeof columns];
  if (column === undefined) throw new Error(`--by is one of ${Object.keys(columns)}`);
  if (findProgram(emulator) === undefined) throw new Error(`${emulator} is not installed (package qemu-user)`);
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-count-'));
  const blocks = join(folder, 'blocks');
  const plugin = `${compilePlugin(folder)}${values.data ? ',data=on' : ''}`;
  const [name = 'plain GET, 100'] = positionals;
  const args = ['--perf-basic-prof', `--perf-basic-prof-path=${folder}`, bench, name, '--turns', String(turns)];
  const child = spawn(emulator, ['-plugin', plugin, process.execPath, ...args, '--warm-up', values['warm-up']], {
    env: { ...process.env, COUNT_BLOCKS: blocks },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
  await once(child, 'close');
  const counts = readCounts(output);
  const requests = Number(/^(\d+) requests a turn$/m.exec(output)?.[1]);
  if (counts.length !== turns || Number.isNaN(requests)) throw new Error(`the benchmark did not end well:\n${output}`);
  for (const count of counts) {
    const [instructions, codeMisses, dataMisses, secondLevel] = count.map((n) => (n / requests).toFixed(1));
    const data = values.data ? `, ${dataMisses} of the data cache, ${secondLevel} of the second level` : '';
    process.stdout.write(`${instructions} instructions, ${codeMisses} misses of the code cache${data}\n`);
  }
  const map = new CodeMap(readFileSync(join(folder, `perf-${child.pid}.map`), 'utf8'));
  for (const [code, sum] of byFunction(readFileSync(blocks, 'utf8'), map, column).slice(0, Number(values.top))) {
    process.stdout.write(`${(sum / requests / turns).toFixed(1).padStart(8)} ${code.replace(root, '')}\n`);
  }
  rmSync(folder, { recursive: true });
}

await run();
