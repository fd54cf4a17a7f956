import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { PortSource } from '../../test/harness/ports.ts';
import { cpuTimes, residentBytes } from '../harness/proc-stat.ts';
import type { Command } from '../harness/processes.ts';
import { type RunningProxy, withFolder, withProxy, withServer } from '../harness/running-proxy.ts';
import { plainLoad } from '../harness/wrk.ts';
import { nuncioCommand } from '../peers/nuncio.ts';
import { type Peer, plainHttp, type Shape } from '../peers/peer.ts';
import { warmUp } from './requests.ts';
import type { BenchOptions, Figures, Scenario } from './scenario.ts';

const quickstart = join(import.meta.dirname, '../../configs/quickstart.yaml');
/** Memory that a burst has taken is given back slowly, if at all; what counts is what stays. */
const settle = ({ seconds }: BenchOptions) => sleep(Math.min(2, seconds) * 1000);

export const idleScenarios: readonly Scenario[] = [
  idle('idle', 'Idle keep-alive connections, each after one request', plainHttp),
  idle('idle-tls', 'Idle TLS 1.3 connections, each after one request', { ...plainHttp, tls: true }),
];

function idle(name: string, title: string, shape: Shape): Scenario {
  return {
    name,
    title,
    figures: [
      { key: 'each', heading: 'KiB each', better: 'less' },
      { key: 'base', heading: 'RSS without them MiB', better: 'less' },
      { key: 'rss', heading: 'RSS with them MiB', better: 'less' },
    ],
    supports: (peer) => peer.supports(shape),
    measure: (peer, program, options) =>
      withProxy(peer, program, shape, options, async (proxy) => {
        const { pid } = proxy;
        await warmUp(proxy, plainLoad, options);
        await settle(options);
        const base = residentBytes(pid);
        const rss = await holdConnections(proxy, options.idleConnections, options.loadCpu, async () => {
          await settle(options);
          return residentBytes(pid);
        });
        return { each: (rss - base) / options.idleConnections / 1024, base: base / 1024 ** 2, rss: rss / 1024 ** 2 };
      }),
  };
}

export const startScenario: Scenario = {
  name: 'start',
  title: 'Start to the first answer on configs/quickstart.yaml, two workers',
  figures: [
    { key: 'ready', heading: 'ready after s', better: 'less' },
    { key: 'cpu', heading: 'CPU s', better: 'less' },
    { key: 'rss', heading: 'RSS at rest MiB', better: 'less' },
  ],
  supports: (peer) => !['nginx', 'HAProxy'].includes(peer.name),
  measure: (peer, program, options) => withFolder((folder) => measureStart(peer, program, folder, options)),
};

async function measureStart(peer: Peer, program: string, folder: string, options: BenchOptions): Promise<Figures> {
  const path = join(folder, 'quickstart.yaml');
  const port = await writeQuickstart(path);
  const args = ['-c', path, '--concurrency', '2', '-l', 'warning'];
  return withServer(
    options.proxyCpu,
    folder,
    quickstartCommand(peer, program, folder, args),
    port,
    async (server, ms) => {
      const { userMicros, systemMicros } = cpuTimes(server.pid);
      await settle(options);
      const rss = residentBytes(server.pid) / 1024 ** 2;
      return { ready: ms / 1000, cpu: (userMicros + systemMicros) / 1e6, rss };
    },
  );
}

function quickstartCommand(peer: Peer, program: string, folder: string, args: readonly string[]): Command {
  if (peer.name === 'Envoy') return { argv: [program, ...args, '--use-dynamic-base-id'] };
  if (peer.name === 'Nuncio (unbuilt)') return nuncioCommand('source', folder, args);
  const engine = { 'Nuncio (io_uring)': 'io_uring', 'Nuncio (node engine)': 'node' }[peer.name] ?? 'auto';
  return nuncioCommand('built', folder, [...args, '--socket-engine', engine]);
}

/** The quickstart on ports that are free; answers the ingress's. */
async function writeQuickstart(path: string): Promise<number> {
  const ports = new PortSource(process.pid + 1);
  const taken = new Map<string, number>();
  const text = readFileSync(quickstart, 'utf8');
  for (const [, port = ''] of text.matchAll(/port_value: (\d+)/g)) {
    if (!taken.has(port)) taken.set(port, await ports.take());
  }
  writeFileSync(
    path,
    text.replaceAll(/port_value: (\d+)/g, (_, port: string) => `port_value: ${taken.get(port)}`),
  );
  return taken.get('10000') ?? 0;
}

async function holdConnections<T>(
  { port, tls }: RunningProxy,
  count: number,
  cpu: number,
  use: () => Promise<T>,
): Promise<T> {
  const program = join(import.meta.dirname, '../load/idle-connections.ts');
  const args = ['-c', String(cpu), process.execPath, program, String(port), String(count), tls ? 'tls' : 'plain'];
  const child = spawn('taskset', args, { stdio: ['ignore', 'pipe', 'inherit'] });
  try {
    const held = once(child.stdout, 'data').then(() => true);
    const ended = once(child, 'exit').then(() => false);
    if (!(await Promise.race([held, ended]))) throw new Error(`${count} connections could not be held`);
    return await use();
  } finally {
    child.kill();
  }
}
