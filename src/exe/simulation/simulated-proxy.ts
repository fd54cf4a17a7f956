import { ConfigError } from '../../../sdk/config.ts';
import type { ExtensionLookup } from '../../../sdk/extension.ts';
import type {
  SimulatedProxy,
  SimulatedProxyOptions,
  SimulatedRequest,
  SimulatedResponse,
} from '../../../sdk/testing/simulated-proxy.ts';
import { Logging } from '../../common/logging/logger.ts';
import { IpAddress } from '../../common/network/address.ts';
import type { TypeRegistry } from '../../common/proto/type-registry.ts';
import { SeededRandom } from '../../event/random.ts';
import { SimulatedTime } from '../../event/simulated-dispatcher.ts';
import type { Server } from '../../main/server.ts';
import type { ServerDependencies } from '../../main/server-dependencies.ts';
import { MainStats } from '../../main/stats/main-stats.ts';
import { FakeDnsResolver } from '../../network/dns/fake-resolver.ts';
import type { Faults } from '../../network/engine/memory/faults.ts';
import { MemorySocketEngine } from '../../network/engine/memory/memory-engine.ts';
import { MemoryNetwork } from '../../network/engine/memory/memory-network.ts';
import { loadConfig } from '../load-config.ts';
import type { Options } from '../options.ts';
import { serverDependencies } from '../process-dependencies.ts';
import { ProxyProcess } from '../proxy-process.ts';
import { readResponse, writeRequest } from './http-text.ts';
import { LogBook } from './log-book.ts';
import { MemoryConnection } from './memory-connection.ts';
import { type Answer, HttpAnswers, MemoryUpstream, type OnBytes } from './memory-upstream.ts';
import { SimulatedThreads, ThreadDispatcher } from './simulated-threads.ts';

interface LoadedParts {
  readonly options: Options;
  readonly types: TypeRegistry;
  readonly extensions: ExtensionLookup;
}

/** How long start-up, an orderly end and a request may take, in virtual ms. */
const patienceMs = 60_000;
const noMemory = {
  allocated: 0,
  heapSize: 0,
  pageheapUnmapped: 0,
  pageheapFree: 0,
  totalThreadCache: 0,
  totalPhysicalBytes: 0,
};

/** A proxy with the world around it: its clock, network, name server, clients and upstreams. */
export class SimulatedProxyWorld implements SimulatedProxy {
  readonly time = new SimulatedTime();
  readonly random: SeededRandom;
  readonly network: MemoryNetwork;
  readonly threads: SimulatedThreads;
  readonly dns: FakeDnsResolver;
  readonly dependencies: ServerDependencies;
  readonly log: string[] = [];
  readonly #options: SimulatedProxyOptions;
  readonly #main: ThreadDispatcher;
  readonly #outside: ThreadDispatcher;
  readonly #mainEngine: MemorySocketEngine;
  readonly #outsideEngine: MemorySocketEngine;
  readonly #logs = new LogBook();
  readonly #process: ProxyProcess;
  #exited: Promise<number> | undefined = undefined;
  #exitCode: number | undefined = undefined;
  #failure: unknown = undefined;

  constructor(options: SimulatedProxyOptions, { options: parsed, types, extensions }: LoadedParts) {
    this.#options = options;
    this.random = new SeededRandom(options.seed ?? 1);
    const { time, random } = this;
    const createRandom = () => new SeededRandom(random.random());
    this.#main = new ThreadDispatcher('main_thread', time, createRandom());
    this.#outside = new ThreadDispatcher('outside', time, createRandom());
    this.network = new MemoryNetwork((to) => this.#faultsTo(to.asString));
    this.#mainEngine = new MemorySocketEngine(this.#main, this.network);
    this.#outsideEngine = new MemorySocketEngine(this.#outside, this.network);
    this.dns = new FakeDnsResolver(this.#main);
    for (const [name, addresses] of Object.entries(options.dns ?? {})) this.dns.set(name, addresses);
    const logging = (threadId: number) => this.#createLogging(parsed, threadId);
    this.threads = new SimulatedThreads({
      ...{ time, main: this.#main, network: this.network, types, extensions, logs: this.#logs, logging, createRandom },
    });
    const config = loadConfig(parsed, types, extensions, () => random.uuid());
    this.dependencies = serverDependencies(
      { options: parsed, config, types, extensions, logging: logging(0), dispatcher: this.#main },
      {
        engine: this.#mainEngine,
        mainStats: new MainStats(),
        dns: this.dns,
        createDns: () => this.dns,
        threads: this.threads,
        memory: () => noMemory,
        localAddress: '127.0.0.1',
      },
    );
    this.#process = new ProxyProcess(parsed, this.dependencies, () => ({ [Symbol.dispose]() {} }), this.#logs);
  }

  get server(): Server {
    return this.#process.server;
  }

  get nowMs(): number {
    return this.time.monotonicTimeMs();
  }

  /** Sockets open in the proxy: main's and the workers'. */
  get openSockets(): number {
    return this.#engines().reduce((sum, { openSockets }) => sum + openSockets, 0);
  }

  /** Runs of received bytes that the proxy holds. */
  get heldRuns(): number {
    return this.#engines().reduce((sum, { heldRuns }) => sum + heldRuns, 0);
  }

  #engines(): MemorySocketEngine[] {
    const workers = Array.from({ length: this.server.workers.size }, (_, index) => this.threads.get(index));
    return [this.#mainEngine, ...workers.map(({ engine }) => engine)];
  }

  /** Up to LIVE. */
  async start(): Promise<void> {
    this.#exited = this.#process.run();
    this.#exited.then(
      (code) => {
        this.#exitCode = code;
      },
      (error: unknown) => {
        this.#failure = error;
      },
    );
    await this.until(() => this.server.state === 'LIVE' || this.#isOver, 'the proxy to be LIVE');
    if (this.#failure !== undefined) throw this.#failure;
  }

  addressesOf(listener: string): readonly string[] {
    const managed = this.server.listenerManager.active.get(listener);
    if (managed === undefined) throw new Error(`there is no active listener ${listener}`);
    return managed.sockets.addresses.map(({ asString }) => asString);
  }

  settle(): Promise<void> {
    return this.time.settle();
  }

  advance(ms: number): Promise<void> {
    return this.time.advanceSettled(ms);
  }

  async until(condition: () => boolean, what = 'the condition', withinMs = patienceMs): Promise<void> {
    const endMs = this.nowMs + withinMs;
    await this.settle();
    while (!condition()) {
      const nextMs = this.time.nextExpiryMs();
      if (nextMs > endMs) throw new Error(`waited ${withinMs} ms in vain for ${what}`);
      await this.advance(Math.max(0, nextMs - this.nowMs));
    }
  }

  connect(to: string, onBytes: OnBytes = () => {}): MemoryConnection {
    const address = parseAddress(to) ?? parseAddress(this.addressesOf(to)[0] ?? '');
    if (address === undefined) throw new Error(`${to} is no address and no listener with one`);
    return new MemoryConnection(this.#outsideEngine.connect({ address }), 'connecting', onBytes);
  }

  async request(to: string, request: Partial<SimulatedRequest> = {}): Promise<SimulatedResponse> {
    const { method = 'GET', path = '/', headers = {}, body = '' } = request;
    const connection = this.connect(to);
    connection.send(writeRequest({ method, path, headers, body }));
    const isOver = () => connection.state === 'ended' || connection.state === 'failed';
    const response = () => readResponse(connection.received, method, isOver())?.response;
    await this.until(() => response() !== undefined || isOver(), `the answer to ${method} ${path}`);
    const answer = response();
    const { state, error } = connection;
    connection.close();
    await this.settle();
    if (answer === undefined) throw new Error(`${method} ${path}: no answer (${error ?? state})`);
    return answer;
  }

  httpUpstream(address: string, answer: Answer = () => ({})): MemoryUpstream {
    const requests: SimulatedRequest[] = [];
    const answers = new HttpAnswers(this.#outside, answer, requests);
    return this.#listen(address, (connection, bytes) => answers.onBytes(connection, bytes), requests);
  }

  tcpUpstream(address: string, onData: OnBytes = () => {}): MemoryUpstream {
    return this.#listen(address, onData, []);
  }

  setDns(name: string, addresses: readonly string[]): void {
    this.dns.set(name, addresses);
  }

  stat(name: string): number {
    this.server.updateStats();
    const dot = name.lastIndexOf('.') + 1;
    const { counters, gauges } = this.dependencies.mainStats;
    const [prefix, suffix] = [name.slice(0, dot), name.slice(dot)];
    return (counters.get(prefix, suffix) ?? gauges.get(prefix, suffix))?.value ?? 0;
  }

  stats(pattern: RegExp): ReadonlyMap<string, number> {
    this.server.updateStats();
    const { counters, gauges } = this.dependencies.mainStats;
    const found = [...counters, ...gauges].filter(({ name }) => pattern.test(name));
    return new Map(found.map(({ name, value }) => [name, value]));
  }

  admin(path: string, method: 'GET' | 'POST' = 'GET'): Promise<SimulatedResponse> {
    const { adminAddress } = this.#process;
    if (adminAddress === undefined) throw new Error('the configuration has no admin listener');
    return this.request(adminAddress.asString, { method, path });
  }

  accessLog(path: string): string {
    return this.#logs.text(path);
  }

  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGUSR1' | 'SIGHUP'): void {
    this.#main.raise(name);
  }

  async stop(): Promise<number> {
    this.signal('SIGTERM');
    return this.exited();
  }

  /** Waits for the end that a signal or /quitquitquit brings. */
  async exited(): Promise<number> {
    await this.until(() => this.#isOver, 'the end of the proxy');
    if (this.#exitCode === undefined) throw this.#failure;
    return this.#exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#isOver) await this.stop();
    this.#outsideEngine[Symbol.dispose]();
    for (const dispatcher of [this.#main, this.#outside]) dispatcher.shutdown();
  }

  get #isOver(): boolean {
    return this.#exitCode !== undefined || this.#failure !== undefined;
  }

  #listen(address: string, onBytes: OnBytes, requests: SimulatedRequest[]): MemoryUpstream {
    const parsed = parseAddress(address);
    if (parsed === undefined) throw new ConfigError(`${address} is no address`);
    return new MemoryUpstream(this.#outsideEngine, parsed, onBytes, requests);
  }

  #faultsTo(to: string): Faults {
    if (to === this.#process?.adminAddress?.asString) return {};
    return this.#options.faults?.(to) ?? {};
  }

  #createLogging(options: Options, threadId: number): Logging {
    const { logLevel: level, componentLogLevels: componentLevels, logFormat: format, logFormatEscaped } = options;
    const settings = { level, componentLevels, format, escape: logFormatEscaped, threadId };
    return new Logging(settings, this.time, (line) => void this.log.push(line.trimEnd()));
  }
}

function parseAddress(text: string): IpAddress | undefined {
  const colon = text.lastIndexOf(':');
  const ip = text.slice(0, Math.max(colon, 0)).replace(/^\[|\]$/g, '');
  return IpAddress.parse(ip, Number(text.slice(colon + 1)));
}
