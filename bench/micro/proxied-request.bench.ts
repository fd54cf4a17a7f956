/**
 * What a proxied HTTP/1.1 request costs above the socket engine, in ns of CPU: a whole worker as configuration makes it,
 * 64 connections kept alive. `node bench/micro/proxied-request.bench.ts [name] [--turns 60] [--warm-up 2000]`; with `--cpu-prof`
 * it shows where. bench/count counts what it executes.
 */
import { setImmediate as nextIteration } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { ExtensionLookup } from '../../sdk/extension.ts';
import { Logging } from '../../src/common/logging/logger.ts';
import type { StatsMemory } from '../../src/common/stats/stats-memory.ts';
import { StatsStore } from '../../src/common/stats/stats-store.ts';
import { RealDispatcher } from '../../src/event/real-dispatcher.ts';
import { loadConfig } from '../../src/exe/load-config.ts';
import { parseOptions } from '../../src/exe/options.ts';
import { serverDependencies } from '../../src/exe/process-dependencies.ts';
import { loadTypes } from '../../src/exe/types.ts';
import { builtinExtensions } from '../../src/extensions/builtin.ts';
import { ExtensionRegistry } from '../../src/extensions/registry.ts';
import { Server } from '../../src/main/server.ts';
import { MainStats } from '../../src/main/stats/main-stats.ts';
import type { WorkerThreadFactory } from '../../src/main/workers/worker-thread.ts';
import { FakeDnsResolver } from '../../src/network/dns/fake-resolver.ts';
import { Worker } from '../../src/worker/worker.ts';
import { envoyBootstrap } from '../peers/envoy-config.ts';
import { plainHttp, type Shape } from '../peers/peer.ts';
import { BenchSocket, BenchSocketEngine } from './memory-sockets.ts';

const connections = 64;
const rounds = 60;
const { values: settings, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    /** Many short turns, of which the best counts: neighbours on the machine then hardly show. */
    turns: { type: 'string', default: '60' },
    /** Rounds of a request on each connection. */
    'warm-up': { type: 'string', default: '2000' },
  },
});
const turns = Number(settings.turns);
const warmUpRounds = Number(settings['warm-up']);

const body = '0123456789'.repeat(10);
const date = 'Sat, 28 Nov 2026 00:16:10 GMT';
const request = 'GET / HTTP/1.1\r\nHost: 127.0.0.1:18080\r\n\r\n';
const lastRequest = 'GET / HTTP/1.1\r\nHost: 127.0.0.1:18080\r\nConnection: close\r\n\r\n';
const response = `HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: ${date}\r\nContent-Type: application/octet-stream\r\nContent-Length: 100\r\nConnection: keep-alive\r\n\r\n${body}`;
const browserRequest = `GET /articles/2026/11/a-title?page=2&sort=new HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\nAccept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nDNT: 1\r\nConnection: keep-alive\r\nReferer: https://www.example.com/articles\r\nCookie: session=0123456789abcdef0123456789abcdef; theme=dark\r\nUpgrade-Insecure-Requests: 1\r\nX-Custom-One: first\r\nX-Custom-Two: second\r\n\r\n`;
const serverResponse = `HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: ${date}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 100\r\nConnection: keep-alive\r\nVary: Accept-Encoding\r\nETag: "0123456789abcdef"\r\nCache-Control: max-age=0, private, must-revalidate\r\nSet-Cookie: session=0123456789abcdef0123456789abcdef; path=/; HttpOnly\r\nX-Frame-Options: SAMEORIGIN\r\nX-Runtime: 0.012345\r\n\r\n${body}`;
const post = `POST /form HTTP/1.1\r\nHost: www.example.com\r\nContent-Type: text/plain\r\nContent-Length: 1024\r\n\r\n${'x'.repeat(1024)}`;

const requestAt = 1000;
const responseAt = 32_000;

type Bootstrap = ReturnType<typeof JSON.parse>;

/** Another configuration than the plain one of bench/peers. */
function bootstrap(shape: Partial<Shape> = {}, change: (manager: Bootstrap) => void = () => {}): string {
  const all = JSON.parse(
    envoyBootstrap({ ...plainHttp, ...shape, folder: '', port: 10_000, backendPort: 8080, ownPorts: [] }),
  );
  change(all.static_resources.listeners[0].filter_chains[0].filters[0].typed_config);
  return JSON.stringify(all);
}

/** The server with its one worker in this thread. */
async function startWorker(config: string, extensions: ExtensionLookup): Promise<BenchSocketEngine> {
  const types = loadTypes();
  const options = parseOptions(['--config-yaml', config, '--concurrency', '1', '-l', 'error']);
  if ('notice' in options) throw new Error('no options');
  const main = new RealDispatcher('main_thread');
  const engine = new BenchSocketEngine();
  const sink = { write: (text: string) => process.stderr.write(text), reopen() {} };
  const levels = { level: options.logLevel, componentLevels: options.componentLogLevels, format: options.logFormat };
  const logging = new Logging({ ...levels, escape: false, threadId: 0 }, main.timeSource, sink as never);
  const threads: WorkerThreadFactory = {
    spawn(init, callbacks) {
      const dispatcher = new RealDispatcher('worker_0');
      const worker = new Worker({
        ...init,
        types,
        extensions,
        dispatcher,
        engine,
        logging,
        scope: new StatsStore(init.statsMemory as StatsMemory).createScope(),
        post: (message) => main.post(() => callbacks.onMessage(structuredClone(message))),
      });
      main.post(() => callbacks.onMessage({ kind: 'ready' }));
      return { post: (message) => main.post(() => worker.onMessage(structuredClone(message))), terminate() {} };
    },
  };
  const loaded = loadConfig(options, types, extensions, () => main.random.uuid());
  const dns = new FakeDnsResolver(main);
  const parts = { options, config: loaded, types, extensions, logging, dispatcher: main };
  const memory = () => ({
    ...{ allocated: 0, heapSize: 0, pageheapUnmapped: 0, pageheapFree: 0, totalThreadCache: 0, totalPhysicalBytes: 0 },
  });
  const world = {
    mainStats: new MainStats(),
    engine,
    dns,
    createDns: () => dns,
    threads,
    memory,
    localAddress: '127.0.0.1',
  };
  const server = new Server(serverDependencies(parts, world));
  await server.start();
  while (engine.acceptor === undefined) await nextIteration();
  return engine;
}

/** Sends `request` on each of the connections, answers each with `response`, and so on. */
class Load {
  readonly #engine: BenchSocketEngine;
  readonly #clients: BenchSocket[] = [];
  /** Received bytes lie amid a larger memory, as engines have it. */
  readonly #memory = Buffer.alloc(65_536);
  readonly #requestEnd: number;
  readonly #responseEnd: number;
  #known = 0;

  constructor(engine: BenchSocketEngine, requestText: string, responseText: string) {
    this.#engine = engine;
    this.#memory.write(requestText, requestAt, 'latin1');
    this.#memory.write(responseText, responseAt, 'latin1');
    this.#requestEnd = requestAt + requestText.length;
    this.#responseEnd = responseAt + responseText.length;
  }

  accept(client: BenchSocket): void {
    this.#clients.push(client);
    this.#engine.acceptor?.onAccept(client);
  }

  /** All clients go, and as many others come. */
  reconnect(): void {
    for (let i = 0; i < this.#clients.length; i++) {
      this.#clients[i]?.end();
      const client = new BenchSocket();
      this.#clients[i] = client;
      this.#engine.acceptor?.onAccept(client);
    }
  }

  async run(times: number, reconnecting: boolean): Promise<void> {
    for (let i = 0; i < times; i++) {
      if (reconnecting) this.reconnect();
      for (const client of this.#clients) client.receive(this.#memory, requestAt, this.#requestEnd);
      if (this.#known < this.#engine.upstreams.length) await this.#connect();
      for (const upstream of this.#engine.upstreams) {
        if (upstream.writtenBytes === 0) continue;
        upstream.writtenBytes = 0;
        upstream.receive(this.#memory, responseAt, this.#responseEnd);
      }
      await nextIteration();
    }
    for (const { writtenBytes } of this.#clients) if (writtenBytes === 0) throw new Error('a client got no answer');
  }

  async #connect(): Promise<void> {
    for (; this.#known < this.#engine.upstreams.length; this.#known++) {
      this.#engine.upstreams[this.#known]?.connected();
    }
    await nextIteration();
  }
}

async function measure(
  name: string,
  config: string,
  requestText: string,
  responseText: string,
  reconnecting = false,
): Promise<void> {
  const [only] = positionals;
  if (only !== undefined && !name.includes(only)) return;
  const extensions = new ExtensionRegistry(builtinExtensions as never);
  const load = new Load(await startWorker(config, extensions), requestText, responseText);
  for (let i = 0; i < connections; i++) load.accept(new BenchSocket());
  await load.run(warmUpRounds, reconnecting);
  let bestNs = Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < turns; turn++) {
    const before = process.cpuUsage();
    await load.run(rounds, reconnecting);
    const { user, system } = process.cpuUsage(before);
    bestNs = Math.min(bestNs, ((user + system) * 1e3) / (rounds * connections));
  }
  process.stdout.write(`${name.padEnd(44)} ${bestNs.toFixed(0).padStart(6)} ns\n`);
}

process.stdout.write(`${rounds * connections} requests a turn\n`);
const plain = bootstrap();
await measure('plain GET, 100 bytes back', plain, request, response);
await measure('GET of a browser', plain, browserRequest, serverResponse);
await measure('POST, 1 KiB', plain, post, response);
const logged = bootstrap({ accessLog: true }, (manager) => {
  manager.access_log[0].typed_config.path = '/dev/null';
});
await measure('plain GET, logged', logged, request, response);
await measure('plain GET, 20 routes', bootstrap({ routes: 20 }), request, response);
await measure('GET on a new connection', plain, lastRequest, response, true);
await measure('message each way through tcp_proxy', bootstrap({ kind: 'tcp' }), request, response);
process.exit(0);
