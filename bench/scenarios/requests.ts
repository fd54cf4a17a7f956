import { cpuTimes, residentBytes } from '../harness/proc-stat.ts';
import { runOn } from '../harness/processes.ts';
import { type RunningProxy, type Shape, withProxy } from '../harness/running-proxy.ts';
import { type Load, loadCommand, parseLoadResult, plainLoad } from '../harness/wrk.ts';
import type { BenchOptions, Figure, Figures, Scenario } from './scenario.ts';

const cpu: Figure = { key: 'cpu', heading: 'CPU µs/request', better: 'less' };
const bulkCpu: Figure = { key: 'bytesPerCpu', heading: 'MiB/CPU-second', better: 'more' };
const common: readonly Figure[] = [
  { key: 'user', heading: 'of it user', better: 'less' },
  { key: 'rate', heading: 'requests/s', better: 'more' },
  { key: 'p99', heading: 'p99 ms', better: 'less' },
  { key: 'rss', heading: 'RSS MiB', better: 'less' },
];
const plain: Shape = { kind: 'http', hosts: 0, routes: 0 };
const mebibyte = 1024 * 1024;

/** Requests as fast as they are answered: what each costs in CPU time. */
export const requestScenarios: readonly Scenario[] = [
  scenario('http', 'HTTP/1.1, keep-alive, 100-byte bodies, 64 connections', plain, {}),
  scenario('tcp', 'TCP proxy, small messages, 64 connections', { ...plain, kind: 'tcp' }, {}),
  scenario('connections', 'A new connection for each request', plain, { header: 'Connection:close' }),
  scenario('post-1k', 'POST, 1 KiB', plain, { method: 'POST', bodyBytes: 1024, path: '/post' }),
  scenario('post-64k', 'POST, 64 KiB', plain, { method: 'POST', bodyBytes: 64 * 1024, path: '/post' }),
  scenario('post-1m', 'POST, 1 MiB', plain, { method: 'POST', bodyBytes: mebibyte, path: '/post', connections: 16 }),
  scenario('bulk-http', 'HTTP/1.1 bodies of 64 MiB', plain, { path: '/big', connections: 4 }),
  scenario('bulk-tcp', 'TCP proxy, bodies of 64 MiB', { ...plain, kind: 'tcp' }, { path: '/big', connections: 4 }),
];

function scenario(name: string, title: string, shape: Shape, load: Partial<Load>): Scenario {
  const main = load.path === '/big' ? bulkCpu : cpu;
  return {
    name,
    title,
    figures: [main, ...common],
    supports: (peer) => peer.supports(shape),
    measure: (peer, program, options) =>
      withProxy(peer, program, shape, options, (proxy) => measureLoad(proxy, { ...plainLoad, ...load }, options)),
  };
}

/** Warms up for as long (compilers need it), then measures: the CPU time is the proxy's own, user and system, of all threads. */
export async function measureLoad(proxy: RunningProxy, load: Load, options: BenchOptions): Promise<Figures> {
  const run = (seconds: number) => runOn(options.loadCpu, loadCommand(load, proxy.port, seconds));
  await run(options.seconds);
  const before = cpuTimes(proxy.pid);
  const result = parseLoadResult(await run(options.seconds));
  const after = cpuTimes(proxy.pid);
  const user = after.userMicros - before.userMicros;
  const total = user + after.systemMicros - before.systemMicros;
  if (result.faults > result.requests / 1000) throw new Error(`${result.faults} of ${result.requests} requests failed`);
  return {
    cpu: total / result.requests,
    user: user / result.requests,
    bytesPerCpu: result.bytes / mebibyte / (total / 1e6),
    rate: result.requests / (result.micros / 1e6),
    p99: result.p99Micros / 1000,
    rss: residentBytes(proxy.pid) / mebibyte,
  };
}
