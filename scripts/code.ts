/**
 * The compiled code that the package ships: a proxy is run as a user would, and the code of what it ran is kept. V8 looks
 * whether it fits (version, platform); where it does not, one of the first starts makes its own (src/exe/load-bundle.ts).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { PortSource } from '../test/harness/ports.ts';

const quickstart = join(import.meta.dirname, '../configs/quickstart.yaml');
const paths = ['/', '/blue', '/green/x', '/canary', '/old', '/hello'];
const adminPaths = [
  '/',
  '/ready',
  '/stats',
  '/stats/prometheus',
  '/clusters',
  '/listeners',
  '/server_info',
  '/config_dump',
];
const rounds = 20;

/** Writes the code beside the script that is in the folder. */
export async function shipCode(exe: string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-code-'));
  try {
    await runProxy(exe, folder);
    const made = globSync('*.code', { cwd: folder });
    if (made.length !== 2) throw new Error(`code of main and of workers was expected, found: ${made.join(', ')}`);
    for (const name of made) writeFileSync(join(exe, name), readFileSync(join(folder, name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function runProxy(exe: string, folder: string): Promise<void> {
  const ports = await freePorts();
  const config = join(folder, 'quickstart.yaml');
  const text = readFileSync(quickstart, 'utf8');
  writeFileSync(
    config,
    text.replaceAll(/port_value: (\d+)/g, (_, port) => `port_value: ${ports.get(port)}`),
  );
  const args = ['--disable-warning=ExperimentalWarning', join(exe, 'cli.cjs'), '-c', config, '--concurrency', '1'];
  const env = { ...process.env, NODE_COMPILE_CACHE: folder, NODE_DISABLE_COMPILE_CACHE: '' };
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (piece) => {
    log += piece;
  });
  const ended = once(child, 'exit');
  try {
    await Promise.race([useProxy(ports), ended.then(() => Promise.reject(new Error('it ended')))]);
    child.kill('SIGTERM');
    const [code] = await ended;
    if (code !== 0) throw new Error(`it ended with ${code}`);
  } catch (cause) {
    child.kill('SIGKILL');
    throw new Error(`the built proxy does not run:\n${log}`, { cause });
  }
}

async function freePorts(): Promise<ReadonlyMap<string, number>> {
  const source = new PortSource(process.pid);
  const ports = new Map<string, number>();
  for (const [, port = ''] of readFileSync(quickstart, 'utf8').matchAll(/port_value: (\d+)/g)) {
    if (!ports.has(port)) ports.set(port, await source.take());
  }
  return ports;
}

async function useProxy(ports: ReadonlyMap<string, number>): Promise<void> {
  const get = async (port: string, path: string) => {
    const answer = await fetch(`http://127.0.0.1:${ports.get(port)}${path}`, { redirect: 'manual' });
    await answer.arrayBuffer();
    return answer.ok;
  };
  for (let tries = 0; !(await get('9901', '/ready').catch(() => false)); tries++) {
    if (tries > 200) throw new Error('it does not become ready');
    await wait(50);
  }
  for (let round = 0; round < rounds; round++) {
    for (const path of paths) await get('10000', path);
    await get('10001', '/');
  }
  for (const path of adminPaths) await get('9901', path);
  // Threads that have hardly run keep nothing.
  await wait(1000);
}
