import { mkdtempSync, rmSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { get as getByTls } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PortSource } from '../../test/harness/ports.ts';
import type { Peer, Shape } from '../peers/peer.ts';
import type { BenchOptions } from '../scenarios/scenario.ts';
import { backendCommand } from './backend.ts';
import { type Command, type Started, startOn, waitUntil } from './processes.ts';

/** A proxy that serves, with its upstream. */
export interface RunningProxy {
  readonly pid: number;
  readonly port: number;
  readonly tls: boolean;
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
    const ownPorts: number[] = [];
    while (ownPorts.length < shape.ownUpstreams) ownPorts.push(await ports.take());
    await using backend = await startOn(`${options.loadCpu}`, backendCommand(folder, backendPort), folder, 'backend');
    await waitUntil(() => answers(backendPort, '/'), backend);
    const command = peer.prepare(program, { ...shape, folder, port, backendPort, ownPorts });
    await using proxy = await startOn(cpusFor(shape, options), command, folder, 'proxy');
    await waitUntil(() => answers(port, '/', shape.tls), proxy);
    return await use({ pid: proxy.pid, port, tls: shape.tls, readyMs: performance.now() - proxy.startedMs });
  });
}

/** The proxy's own CPU; several workers have the load's as well. */
function cpusFor({ workers }: Shape, { proxyCpu, loadCpu }: BenchOptions): string {
  return workers > 1 ? `${proxyCpu},${loadCpu}` : `${proxyCpu}`;
}

/** Starts one program, waits until it answers `path` on `port`, lets `use` measure, and ends it. */
export async function withServer<T>(
  cpu: number,
  folder: string,
  command: Command,
  port: number,
  use: (server: Started, readyMs: number) => Promise<T>,
): Promise<T> {
  await using server = await startOn(`${cpu}`, command, folder, 'server');
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

function answers(port: number, path: string, tls = false): Promise<boolean> {
  return new Promise((resolve) => {
    const onResponse = (response: IncomingMessage) => {
      response.resume().on('end', () => resolve(response.statusCode === 200));
    };
    const target = { host: '127.0.0.1', port, path, agent: false };
    const request = tls ? getByTls({ ...target, rejectUnauthorized: false }, onResponse) : get(target, onResponse);
    request.on('error', () => resolve(false));
  });
}
