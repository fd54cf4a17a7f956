/**
 * `run.ts [--seconds N] [--seed N] [--engine io_uring|node|auto] [--rate ACTIONS]`: runs the proxy under clients that connect, starve, break off and
 * talk nonsense, over TCP, TLS, HTTP and UDP, and fails when it ends, leaks or grows.
 */
import { createSocket } from 'node:dgram';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SeededRandom } from '../../src/event/random.ts';
import { nuncioCommand } from '../conformance/targets.ts';
import { poll } from '../harness/poll.ts';
import { PortSource } from '../harness/ports.ts';
import { ProxyProcess } from '../harness/proxy-process.ts';
import { SoakClients } from './clients.ts';
import { listenerNames, type SoakPorts, soakConfig } from './config.ts';

const mebibyte = 1_048_576;
/** What may come on top of what the process took up once it was warm. */
const mayGrowBytes = 64 * mebibyte;
/** A few come and go with the admin page's connections; of a leak there would be one for each connection or so. */
const mayStayDescriptors = 16;
const samples = 20;
const mostAtOnce = 20;
/** Memory is compared under like loads alone: what a machine that came free lets through in more connections is no leak. */
const likeLoad = 1.25;
const warmSamples = 6;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '600' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    engine: { type: 'string', default: 'auto' },
    rate: { type: 'string', default: '400' },
  },
});

interface Sample {
  readonly residentBytes: number;
  readonly descriptors: number;
}

/** At the end of a stretch of time. */
interface LoadedSample extends Sample {
  readonly actions: number;
}

async function sampleOf(pid: number): Promise<Sample> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  const residentBytes = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  return { residentBytes, descriptors: (await readdir(`/proc/${pid}/fd`)).length };
}

async function listen(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
}

/** The hosts behind the proxy: they send back what they get. */
async function startHosts({ echoHost, httpHost }: SoakPorts): Promise<() => void> {
  const echo = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).pipe(socket));
  // What a pool keeps for the next request is given up soon, also when there never was one.
  const soon = { headersTimeout: 5_000, connectionsCheckingInterval: 1_000 };
  const http = createHttpServer(soon, (request, response) => request.on('error', () => {}).pipe(response));
  http.keepAliveTimeout = 500;
  const udp = createSocket('udp4');
  udp.on('message', (bytes, { port }) => udp.send(bytes, port, '127.0.0.1'));
  await listen(echo, echoHost);
  await listen(http, httpHost);
  udp.bind((echo.address() as AddressInfo).port, '127.0.0.1');
  return () => {
    http.closeAllConnections();
    for (const server of [echo, http, udp]) server.close();
  };
}

/** Gauges of connections and sessions that are not 0. */
async function activeLeft(admin: number): Promise<string[]> {
  const filter = encodeURIComponent('^(listener.127|tcp|udp|http.http|cluster).*(cx|rq|sess)_active');
  const text = await (
    await fetch(`http://127.0.0.1:${admin}/stats?filter=${filter}`, { headers: { connection: 'close' } })
  ).text();
  return text.split('\n').filter((line) => line !== '' && !line.endsWith(': 0'));
}

/** As many actions a second as are wanted, fewer on a machine that is busy with other things. Answers how many. */
async function act(clients: SoakClients, seconds: number): Promise<number> {
  const start = performance.now();
  const end = start + seconds * 1000;
  let done = 0;
  for (let now = start; now < end; now = performance.now()) {
    const due = Math.min(mostAtOnce, ((now - start) * Number(values.rate)) / 1000 - done);
    for (let action = 0; action < due; action++, done++) clients.act();
    await pause(5);
  }
  return done;
}

/** Waits until nothing is active any more; answers what the process holds then, and what is active all the same. */
async function comeToRest(proxy: ProxyProcess, { admin }: SoakPorts): Promise<Sample & { left: readonly string[] }> {
  const isQuiet = async () => ((await activeLeft(admin)).length === 0 ? true : undefined);
  await poll(isQuiet, { timeoutMs: 15_000, everyMs: 200 });
  await pause(500);
  const left = await activeLeft(admin);
  return { ...(await sampleOf(proxy.pid)), left };
}

async function soak(proxy: ProxyProcess, clients: SoakClients, seconds: number): Promise<LoadedSample[]> {
  const taken: LoadedSample[] = [];
  for (let i = 0; i < samples; i++) {
    const actions = await act(clients, seconds / samples);
    const sample = { ...(await sampleOf(proxy.pid)), actions };
    taken.push(sample);
    const { opened, receivedBytes } = clients;
    const resident = (sample.residentBytes / mebibyte).toFixed(0);
    console.log(
      `after ${((seconds / samples) * (i + 1)).toFixed(0)} s: ${resident} MiB, ${sample.descriptors} descriptors, ${actions} actions, ${opened} connections, ${receivedBytes} bytes back`,
    );
  }
  return taken;
}

/** Since the process was warm; of stretches that had more to do than any before that, nothing can be said. */
function growthOf(taken: readonly LoadedSample[]): number {
  const most = (part: readonly Sample[]): number => Math.max(...part.map(({ residentBytes }) => residentBytes));
  const warm = taken.slice(0, warmSamples);
  const mostActions = likeLoad * Math.max(...warm.map(({ actions }) => actions));
  const comparable = taken.slice(warmSamples).filter(({ actions }) => actions <= mostActions);
  console.log(
    `${comparable.length} of ${taken.length - warm.length} stretches had no more to do than the first ${warm.length}`,
  );
  return most(comparable) - most(warm);
}

function faultsOf(taken: readonly LoadedSample[], before: Sample, after: Sample, left: readonly string[]): string[] {
  const leftDescriptors = after.descriptors - before.descriptors;
  const grown = growthOf(taken);
  return [
    ...left.map((line) => `left active: ${line}`),
    ...(leftDescriptors > mayStayDescriptors ? [`${leftDescriptors} descriptors left`] : []),
    ...(grown > mayGrowBytes ? [`grew by ${(grown / mebibyte).toFixed(0)} MiB after it was warm`] : []),
  ];
}

const folder = await mkdtemp(join(tmpdir(), 'soak-'));
const source = new PortSource(process.pid);
const take = () => source.take();
const taken = await Promise.all(listenerNames.map(async (name) => [name, await take()] as const));
const listeners = Object.fromEntries(taken) as SoakPorts['listeners'];
const ports = { admin: await take(), udp: await take(), echoHost: await take(), httpHost: await take(), listeners };
console.log(`seed ${values.seed}`);
const stopHosts = await startHosts(ports);
const configPath = join(folder, 'envoy.yaml');
await writeFile(configPath, soakConfig(ports));
const faults: string[] = [];
try {
  await using proxy = await ProxyProcess.start({
    command: nuncioCommand,
    configPath,
    adminPort: ports.admin,
    folder,
    args: ['--socket-engine', values.engine],
  });
  const random = new SeededRandom(Number(values.seed));
  const first = new SoakClients(random, ports);
  // What is opened on first use is there from then on.
  await act(first, 3);
  first[Symbol.dispose]();
  const before = await comeToRest(proxy, ports);
  const clients = new SoakClients(random, ports);
  const all = await soak(proxy, clients, Number(values.seconds));
  clients[Symbol.dispose]();
  const after = await comeToRest(proxy, ports);
  const rest = ({ residentBytes, descriptors }: Sample): string =>
    `${(residentBytes / mebibyte).toFixed(0)} MiB, ${descriptors} descriptors`;
  console.log(`at rest: ${rest(before)} before, ${rest(after)} after`);
  faults.push(...faultsOf(all, before, after, after.left));
  const log = await proxy.logEnd();
  if (/died|critical|filter_threw/.test(log)) faults.push(log);
} finally {
  stopHosts();
  await rm(folder, { recursive: true, force: true });
}
for (const fault of faults) console.log(fault);
process.exit(faults.length === 0 ? 0 : 1);
