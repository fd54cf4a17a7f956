import { mkdtempSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PortSource } from '../../test/harness/ports.ts';
import type { Peer, ProxySetup } from '../peers/peer.ts';
import type { BenchOptions } from '../scenarios/scenario.ts';
import { backendCommand } from './backend.ts';
import { type Command, type Started, startOn, waitUntil } from './processes.ts';

export type Shape = Pick<ProxySetup, 'kind' | 'hosts' | 'routes'>;

/** A proxy that serves, with its upstream. */
export interface RunningProxy {
  readonly pid: number;
  readonly port: number;
  /** From the start of the program to the first answer that came through it. */
  readonly readyMs: number;
}

/** Starts backend and proxy, each on its CPU, lets `use` measure, and ends both. */
export async function withProxy<T>(
  peer: Peer,
  program: string,
  shape: Shape,
  options: BenchOptions,
  use: (proxy: RunningProxy) => Promise<T>,
): Promise<T> {
  return withFolder(async (folder) => {
    const ports = new PortSource(process.pid);
    const [port, backendPort] = [await ports.take(), await ports.take()];
    await using backend = await startOn(options.loadCpu, backendCommand(folder, backendPort), folder, 'backend');
    await waitUntil(() => answers(backendPort, '/'), backend);
    const command = peer.prepare(program, { ...shape, folder, port, backendPort });
    await using proxy = await startOn(options.proxyCpu, command, folder, 'proxy');
    await waitUntil(() => answers(port, '/'), proxy);
    return await use({ pid: proxy.pid, port, readyMs: performance.now() - proxy.startedMs });
  });
}

/** Starts one program, waits until it answers `path` on `port`, lets `use` measure, and ends it. */
export async function withServer<T>(
  cpu: number,
  folder: string,
  command: Command,
  port: number,
  use: (server: Started, readyMs: number) => Promise<T>,
): Promise<T> {
  await using server = await startOn(cpu, command, folder, 'server');
  await waitUntil(() => answers(port, '/'), server);
  return await use(server, performance.now() - server.startedMs);
}

/** A folder that is gone afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'nuncio-bench-'));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function answers(port: number, path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path, agent: false }, (response) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    });
    request.on('error', () => resolve(false));
  });
}
