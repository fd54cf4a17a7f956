/** Our proxy as a process on real threads and sockets, all ports chosen by the kernel. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from '../../scripts/built.ts';
import { poll } from './poll.ts';
import type { Exit } from './proxy-process.ts';

const timeoutMs = 20_000;

export interface LiveOptions {
  /** The bootstrap as an object; an admin listener on a free port is added. */
  readonly config: object;
  readonly args?: readonly string[];
  /** More files in the proxy's folder, by name. */
  readonly files?: Readonly<Record<string, string>>;
  /** Another program that takes the same flags; default: ours as it is published. */
  readonly command?: string;
}

export class LiveProxy implements AsyncDisposable {
  readonly folder: string;
  readonly #child: ChildProcess;
  readonly #exited: Promise<Exit>;
  #exit: Exit | undefined = undefined;
  #log = '';

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.folder = folder;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#log += text;
      });
    }
    this.#exited = new Promise((resolve) => {
      child.once('close', (code, signal) => {
        this.#exit = { code, signal };
        resolve(this.#exit);
      });
    });
  }

  /** Begins to start. `$FOLDER` in the configuration and arguments is the proxy's own. */
  static launch({ config, args = [], files = {}, command = ensureBuilt() }: LiveOptions): LiveProxy {
    const folder = mkdtempSync(join(tmpdir(), 'nuncio-live-'));
    const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 0 } } };
    for (const [name, text] of Object.entries({ 'config.json': JSON.stringify({ admin, ...config }), ...files }))
      writeFileSync(join(folder, name), text.replaceAll('$FOLDER', folder));
    const fixed = ['-c', join(folder, 'config.json'), '--admin-address-path', join(folder, 'admin')];
    const more = args.map((arg) => arg.replaceAll('$FOLDER', folder));
    return new LiveProxy(spawn(command, [...fixed, ...more], { stdio: ['ignore', 'pipe', 'pipe'] }), folder);
  }

  static async start(options: LiveOptions): Promise<LiveProxy> {
    await using starting = new AsyncDisposableStack();
    const proxy = starting.use(LiveProxy.launch(options));
    await proxy.until(
      async () => (proxy.adminAddress === '' ? '' : await proxy.admin('/ready')) === 'LIVE\n',
      '/ready',
    );
    starting.move();
    return proxy;
  }

  /** stdout and stderr. */
  get log(): string {
    return this.#log;
  }

  /** How many descriptors the process has open. */
  get openDescriptors(): number {
    return readdirSync(`/proc/${this.#child.pid}/fd`).length;
  }

  /** Memory in use, of all threads. */
  get residentBytes(): number {
    const status = readFileSync(`/proc/${this.#child.pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) * 1024;
  }

  /** Names of the process's threads. */
  get threads(): string[] {
    const folder = `/proc/${this.#child.pid}/task`;
    return readdirSync(folder).flatMap((thread) => {
      try {
        return [readFileSync(join(folder, thread, 'comm'), 'utf8').trim()];
      } catch {
        return [];
      }
    });
  }

  /** What each of them leads to. */
  get descriptorTargets(): string[] {
    const folder = `/proc/${this.#child.pid}/fd`;
    return readdirSync(folder).flatMap((fd) => {
      try {
        return [readlinkSync(join(folder, fd))];
      } catch {
        return [];
      }
    });
  }

  get adminAddress(): string {
    try {
      return readFileSync(join(this.folder, 'admin'), 'utf8');
    } catch {
      return '';
    }
  }

  async admin(path: string, method = 'GET'): Promise<string> {
    const response = await fetch(`http://${this.adminAddress}${path}`, { method }).catch(() => undefined);
    return (await response?.text()) ?? '';
  }

  async stat(name: string): Promise<number> {
    const text = await this.admin(`/stats?filter=^${name.replaceAll('.', '\\.')}$`);
    return Number(text.split(': ')[1] ?? Number.NaN);
  }

  /** `ip:port` or path of each of a listener's addresses. */
  async addresses(listener: string): Promise<string[]> {
    const lines = (await this.admin('/listeners')).split('\n');
    return lines.filter((line) => line.startsWith(`${listener}::`)).map((line) => line.slice(listener.length + 2));
  }

  async port(listener: string): Promise<number> {
    const [address = ''] = await this.addresses(listener);
    return Number(address.slice(address.lastIndexOf(':') + 1));
  }

  /** Waits for what another process does. Rejects, with the log, when it does not, or when the proxy ends first. */
  async until(condition: () => Promise<boolean>, what: string): Promise<void> {
    const found = await poll(
      async () => ((await condition()) ? 'yes' : this.#exit === undefined ? undefined : 'ended'),
      { timeoutMs, everyMs: 10 },
    );
    if (found !== 'yes') throw new Error(`waited in vain for ${what} (${found ?? 'timeout'}):\n${this.#log}`);
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  exited(): Promise<Exit> {
    return this.#exited;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exit === undefined) this.#child.kill('SIGKILL');
    await this.#exited;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
