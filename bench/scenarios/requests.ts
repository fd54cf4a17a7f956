import { cpuTimes, residentBytes } from '../harness/proc-stat.ts';
import { runOn } from '../harness/processes.ts';
import { type RunningProxy, withProxy } from '../harness/running-proxy.ts';
import { type Load, type LoadResult, loadCommand, parseLoadResult, plainLoad } from '../harness/wrk.ts';
import { plainHttp, type Shape } from '../peers/peer.ts';
import type { BenchOptions, Figure, Figures, Scenario } from './scenario.ts';

const cpu: Figure = { key: 'cpu', heading: 'CPU µs/request', better: 'less' };
const bulkCpu: Figure = { key: 'bytesPerCpu', heading: 'MiB/CPU-second', better: 'more' };
const p99: Figure = { key: 'p99', heading: 'p99 ms', better: 'less' };
const rate: Figure = { key: 'rate', heading: 'requests/s', better: 'more' };
const rss: Figure = { key: 'rss', heading: 'RSS MiB', better: 'less' };
const common: readonly Figure[] = [{ key: 'user', heading: 'of it user', better: 'less' }, rate, p99, rss];
const tcp: Shape = { ...plainHttp, kind: 'tcp' };
const tls: Shape = { ...plainHttp, tls: true };
const newConnections: Partial<Load> = { header: 'Connection:close' };
const post: Partial<Load> = { method: 'POST', path: '/post' };
const mebibyte = 1024 * 1024;

/** A load on one shape of proxies. */
export interface LoadScenario extends Scenario {
  readonly shape: Shape;
  readonly load: Load;
}

/** Requests as fast as they are answered: what each costs in CPU time. */
export const loadScenarios: readonly LoadScenario[] = [
  scenario('http', 'HTTP/1.1, keep-alive, 100-byte bodies, 64 connections', plainHttp, {}),
  scenario('tls', 'The same through TLS 1.3', tls, {}),
  scenario('connections', 'A new connection for each request', plainHttp, newConnections),
  scenario(
    'tls-connections',
    'A new TLS 1.3 connection for each request, ECDSA P-256, no resumption',
    { ...tls, resumption: false },
    newConnections,
  ),
  scenario('tls-resumed', 'The same, all but the first connections resuming a session', tls, newConnections),
  scenario('tcp', 'TCP proxy, small messages, 64 connections', tcp, {}),
  scenario('post-1k', 'POST, 1 KiB', plainHttp, { ...post, bodyBytes: 1024 }),
  scenario('post-64k', 'POST, 64 KiB', plainHttp, { ...post, bodyBytes: 64 * 1024 }),
  scenario('post-1m', 'POST, 1 MiB', plainHttp, { ...post, bodyBytes: mebibyte, connections: 16 }),
  scenario('bulk-http', 'HTTP/1.1 bodies of 64 MiB', plainHttp, { path: '/big', connections: 4 }),
  scenario('bulk-tcp', 'TCP proxy, bodies of 64 MiB', tcp, { path: '/big', connections: 4 }),
  scenario('access-log', 'HTTP/1.1 as above, with an access log', { ...plainHttp, accessLog: true }, {}),
  scenario('routes-20', 'HTTP/1.1 as above, matching the last of 20 routes', { ...plainHttp, routes: 20 }, {}),
  scenario(
    'filters-3',
    'HTTP/1.1 as above, through 3 TypeScript filters that do nothing',
    { ...plainHttp, filters: 3 },
    {},
  ),
];

export const requestScenarios: readonly Scenario[] = [
  ...loadScenarios,
  halfLoad('half-load', 'Latency at half the peak rate, HTTP/1.1, 64 connections', plainHttp),
  twoWorkers(
    'workers-2',
    'Two workers on both CPUs, and one on one; through eight of their listeners, one behind the other',
  ),
];

function scenario(name: string, title: string, shape: Shape, changes: Partial<Load>): LoadScenario {
  const load = { ...plainLoad, ...changes };
  const main = load.path === '/big' ? bulkCpu : cpu;
  return {
    name,
    title,
    shape,
    load,
    figures: [main, ...common],
    supports: (peer) => peer.supports(shape),
    measure: (peer, program, options) =>
      withProxy(peer, program, shape, options, (proxy) => measureLoad(proxy, load, options)),
  };
}

/**
 * How far a second worker gets on a second CPU. There is no third one for load and backend, which must therefore cost little: the proxy
 * is its own upstream, several times over, so that it has several times the work of its clients. What they cost all the same, both
 * workers lack.
 */
function twoWorkers(name: string, title: string): Scenario {
  const shape: Shape = { ...plainHttp, ownUpstreams: 8 };
  return {
    name,
    title,
    figures: [
      { key: 'gain', heading: 'two by one', better: 'more' },
      { key: 'twice', heading: 'requests/s of two', better: 'more' },
      { key: 'once', heading: 'of one', better: 'more' },
      { key: 'cpuTwice', heading: 'CPU µs/request of two', better: 'less' },
      { key: 'cpuOnce', heading: 'of one', better: 'less' },
    ],
    supports: (peer) => peer.supports({ ...shape, workers: 2 }),
    measure: async (peer, program, options) => {
      const measure = (workers: number): Promise<Figures> =>
        withProxy(peer, program, { ...shape, workers }, options, (proxy) =>
          measureLoad(proxy, plainLoad, options, workers > 1),
        );
      const [one, two] = [await measure(1), await measure(2)];
      const { rate: once = 0, cpu: cpuOnce = 0 } = one;
      const { rate: twice = 0, cpu: cpuTwice = 0 } = two;
      return { gain: twice / once, twice, once, cpuTwice, cpuOnce };
    },
  };
}

/** What a request waits when the proxy has as much again to spare; the peak is measured first, each proxy's own. */
function halfLoad(name: string, title: string, shape: Shape): Scenario {
  return {
    name,
    title,
    figures: [p99, rate, cpu, rss],
    supports: (peer) => peer.supports(shape),
    measure: (peer, program, options) =>
      withProxy(peer, program, shape, options, async (proxy) => {
        const { rate: peak = 0 } = await measureLoad(proxy, plainLoad, options);
        // Thinking for as long as `connections` requests take at that rate gives that rate, where answers come at once.
        const thinkMs = Math.max(1, Math.round((plainLoad.connections * 1000) / (peak / 2)));
        return measureLoad(proxy, { ...plainLoad, thinkMs }, options);
      }),
  };
}

/**
 * Warms up, then measures: the CPU time is the proxy's own, user and system, of all threads.
 * @param everywhere the load goes to whichever CPU has time for it
 */
export async function measureLoad(
  proxy: RunningProxy,
  load: Load,
  options: BenchOptions,
  everywhere = false,
): Promise<Figures> {
  const cpus = everywhere ? `${options.proxyCpu},${options.loadCpu}` : `${options.loadCpu}`;
  await warmUp(proxy, load, options, cpus);
  return measureBurst(proxy, load, options, cpus);
}

/** Of a proxy that is warm. */
export async function measureBurst(
  proxy: RunningProxy,
  load: Load,
  options: BenchOptions,
  cpus = `${options.loadCpu}`,
): Promise<Figures> {
  const before = cpuTimes(proxy.pid);
  const result = parseLoadResult(await runOn(cpus, loadCommand(load, proxy, options.seconds)));
  const after = cpuTimes(proxy.pid);
  if (result.faults > result.requests / 1000) throw new Error(`${result.faults} of ${result.requests} requests failed`);
  const userMicros = after.userMicros - before.userMicros;
  return figuresOf(result, userMicros, after.systemMicros - before.systemMicros, residentBytes(proxy.pid));
}

/**
 * Compilers need two bursts: what happens when a burst ends and connections close makes them compile much of the path
 * once more.
 */
export async function warmUp(
  proxy: RunningProxy,
  load: Load,
  { warmUpSeconds, loadCpu }: BenchOptions,
  cpus = `${loadCpu}`,
): Promise<void> {
  for (let burst = 0; burst < 2; burst++) await runOn(cpus, loadCommand(load, proxy, warmUpSeconds / 2));
}

function figuresOf(result: LoadResult, userMicros: number, systemMicros: number, resident: number): Figures {
  const total = userMicros + systemMicros;
  return {
    cpu: total / result.requests,
    user: userMicros / result.requests,
    bytesPerCpu: result.bytes / mebibyte / (total / 1e6),
    rate: result.requests / (result.micros / 1e6),
    p99: result.p99Micros / 1000,
    rss: resident / mebibyte,
  };
}
