/** All that a running suite stands on: folder, ports, upstreams, the proxy process, open connections. */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DatagramHost } from '../harness/datagrams.ts';
import { DnsServer } from '../harness/dns-server.ts';
import type { PortSource } from '../harness/ports.ts';
import { ProxyProcess } from '../harness/proxy-process.ts';
import { ScriptedUpstream } from '../harness/scripted-upstream.ts';
import type { KeptSessions } from '../harness/tls-peers.ts';
import type { Suite } from './case.ts';
import { makeNormaliser } from './normalise.ts';
import type { ExchangeClient } from './observe.ts';
import { trimConfig } from './trim.ts';
import type { Validate } from './validate.ts';

/** The proxy under test. */
export interface Target {
  readonly command: string;
  readonly ports: PortSource;
  readonly validate: Validate;
  /** Those of ours: suites that ask for it run on each. */
  readonly engines?: readonly string[];
  /** Leave out of configurations what this refuses as not supported. */
  readonly trim?: Validate;
  readonly tell?: (line: string) => void;
}

/** The proxies flush their logs every 10 ms. */
const flushMs = 60;

const placeholder = /\{\{([\w.-]+)\}\}/g;

const admin = 'admin: {address: {socket_address: {address: 127.0.0.1, port_value: {{admin}}}}}\n';

export class World implements AsyncDisposable {
  readonly folder: string;
  readonly ports = new Map<string, number>();
  readonly upstreams = new Map<string, ScriptedUpstream>();
  readonly connections = new Map<string, ExchangeClient>();
  readonly sessions: KeptSessions = new Map();
  readonly dnsServers = new Map<string, DnsServer>();
  readonly datagramHosts = new Map<string, DatagramHost>();
  readonly normalise: (text: string) => string;
  /** Parts of the configuration that the proxy does not support yet. */
  leftOut: readonly string[] = [];
  #proxy: ProxyProcess | undefined;
  #logLines = new Map<string, number>();
  #logsPending = false;

  private constructor(folder: string) {
    this.folder = folder;
    this.normalise = makeNormaliser(this.ports, folder);
  }

  static async build(suite: Suite, target: Target): Promise<World> {
    const world = new World(await mkdtemp(join(tmpdir(), 'conformance-')));
    try {
      await world.#prepare(suite, target.ports);
      await world.#start(suite, target);
      return world;
    } catch (error) {
      await world[Symbol.asyncDispose]();
      throw error;
    }
  }

  get proxy(): ProxyProcess {
    if (this.#proxy === undefined) throw new Error('the proxy has not been started');
    return this.#proxy;
  }

  port(name: string): number {
    const port = this.ports.get(name);
    if (port === undefined) throw new Error(`no port named ${name}`);
    return port;
  }

  /** Of a name, or a port itself. */
  portOf(port: number | string): number {
    return typeof port === 'number' ? port : this.port(port);
  }

  /** Whole lines that came to an access log since `markLogs()`. */
  async newLogLines(name: string): Promise<string[]> {
    const text = await readFile(join(this.folder, `${name}.log`), 'utf8').catch(() => '');
    return text.split('\n').slice(this.#logLines.get(name) ?? 0, -1);
  }

  /** Traffic has passed whose log lines nobody waited for. */
  noteUnloggedTraffic(): void {
    this.#logsPending = true;
  }

  /** What the logs hold now is the past. */
  async markLogs(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    if (this.#logsPending) await pause(flushMs);
    while ((await this.#readOn(names)) && this.#logsPending) await pause(flushMs);
    this.#logsPending = false;
  }

  /** Whether there were new lines. */
  async #readOn(names: readonly string[]): Promise<boolean> {
    let grown = false;
    for (const name of names) {
      const { length } = await this.newLogLines(name);
      this.#logLines.set(name, (this.#logLines.get(name) ?? 0) + length);
      grown ||= length > 0;
    }
    return grown;
  }

  /** Puts ports and paths where their names stand. */
  fill(text: string): string {
    return text.replace(placeholder, (_, name: string) => {
      if (name === 'folder') return this.folder;
      return name.startsWith('log.') ? join(this.folder, `${name.slice(4)}.log`) : String(this.port(name));
    });
  }

  /** By a rename, as watchers of directories expect it. */
  async replaceFile(name: string, text: string): Promise<void> {
    const path = join(this.folder, name);
    await writeFile(`${path}.new`, this.fill(text));
    await rename(`${path}.new`, path);
  }

  /** Likewise: the new link is moved over the old one. */
  async replaceLink(name: string, to: string): Promise<void> {
    const path = join(this.folder, name);
    await symlink(to, `${path}.new`);
    await rename(`${path}.new`, path);
  }

  closeConnections(): void {
    for (const connection of this.connections.values()) connection[Symbol.dispose]();
    this.connections.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.closeConnections();
    await this.#proxy?.[Symbol.asyncDispose]();
    for (const upstream of this.upstreams.values()) await upstream[Symbol.asyncDispose]();
    for (const host of [...this.datagramHosts.values(), ...this.dnsServers.values()]) host[Symbol.dispose]();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #prepare(suite: Suite, source: PortSource): Promise<void> {
    if (suite.network !== undefined) {
      await this.#takePorts(suite.network, source);
      execFileSync('sh', ['-ec', this.fill(suite.network)]);
    }
    for (const [name, upstream] of Object.entries(suite.upstreams ?? {})) await this.#listen(name, upstream, source);
    for (const name of suite.datagramHosts ?? []) {
      const host = new DatagramHost(name);
      this.datagramHosts.set(name, host);
      this.ports.set(name, await source.take());
      await host.listen(this.port(name));
    }
    for (const [name, zone] of Object.entries(suite.dnsServers ?? {})) {
      const server = new DnsServer(zone);
      this.dnsServers.set(name, server);
      this.ports.set(name, await source.take());
      await server.listen(this.port(name));
    }
    const texts = [admin, suite.config, ...Object.values(suite.files ?? {})];
    await this.#takePorts(texts.join(''), source);
  }

  async #takePorts(text: string, source: PortSource): Promise<void> {
    for (const [, name = ''] of text.matchAll(placeholder)) {
      if (!name.includes('.') && name !== 'folder' && !this.ports.has(name)) this.ports.set(name, await source.take());
    }
  }

  async #listen(name: string, described: NonNullable<Suite['upstreams']>[string], source: PortSource): Promise<void> {
    const whole = typeof described === 'string' ? { kind: described } : described;
    const upstream = new ScriptedUpstream(whole.kind, 'tls' in whole ? whole.tls : undefined);
    this.upstreams.set(name, upstream);
    if ('address' in whole) return upstream.listen(this.portOf(whole.portOf), whole.address);
    this.ports.set(name, await source.take());
    await upstream.listen(this.port(name));
  }

  async #start(suite: Suite, { command, trim }: Target): Promise<void> {
    const configPath = join(this.folder, 'envoy.yaml');
    const files = { ...suite.files, 'envoy.yaml': admin + suite.config };
    for (const [name, text] of Object.entries(files)) {
      await mkdir(dirname(join(this.folder, name)), { recursive: true });
      await writeFile(join(this.folder, name), this.fill(text));
    }
    for (const [name, to] of Object.entries(suite.links ?? {})) await symlink(to, join(this.folder, name));
    if (trim !== undefined) this.leftOut = await trimConfig(configPath, this.fill(admin + suite.config), trim);
    const { folder } = this;
    const options = { command, configPath, folder, adminPort: this.port('admin'), args: suite.args ?? [] };
    this.#proxy = await ProxyProcess.start(options);
  }
}
