/** Starts a proxy (ours or Envoy: they take the same flags) as a process of its own and ends it again. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { poll } from './poll.ts';
import { RawClient } from './raw-client.ts';

export interface ProxyOptions {
  readonly command: string;
  readonly configPath: string;
  readonly adminPort: number;
  /** A folder of its own: the log goes there. */
  readonly folder: string;
  readonly args?: readonly string[];
  /** On top of this process's. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Long: a busy machine is no fault of the proxy. */
const startTimeoutMs = 45_000;
const stopTimeoutMs = 10_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

export class ProxyProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #logPath: string;
  readonly #exited: Promise<Exit>;
  #exit: Exit | undefined;

  private constructor(child: ChildProcess, logPath: string) {
    this.#child = child;
    this.#logPath = logPath;
    this.#exited = new Promise((resolve) => {
      child.once('error', () => this.#onExit({ code: 127, signal: null }, resolve));
      child.once('exit', (code, signal) => this.#onExit({ code, signal }, resolve));
    });
  }

  /** Resolves once /ready says 200; rejects, with the log's end, when the proxy exits or takes too long. */
  static async start(options: ProxyOptions): Promise<ProxyProcess> {
    const logPath = join(options.folder, 'proxy.log');
    const fixed = ['-c', options.configPath, '--use-dynamic-base-id', '--concurrency', '1'];
    const logging = ['--log-path', logPath, '-l', 'warning', '--file-flush-interval-msec', '10'];
    const env = { ...process.env, ...options.env };
    const child = spawn(options.command, [...fixed, ...logging, ...(options.args ?? [])], { stdio: 'ignore', env });
    const proxy = new ProxyProcess(child, logPath);
    const state = await poll(async () => (proxy.#exit ? 'exited' : await isReady(options.adminPort)), {
      timeoutMs: startTimeoutMs,
      everyMs: 15,
    });
    if (state === 'ready') return proxy;
    await proxy[Symbol.asyncDispose]();
    throw new Error(`${options.command} did not become ready (${state ?? 'timeout'}):\n${await proxy.logEnd()}`);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Resolves when the process has ended. */
  exited(): Promise<Exit> {
    return this.#exited;
  }

  /** What the log tells, warnings aside; over-long lines cut. */
  async logEnd(): Promise<string> {
    const log = await readFile(this.#logPath, 'utf8').catch(() => '');
    const telling = log.split('\n').filter((line) => !/\]\[(info|warning)\]/.test(line));
    return telling.map((line) => (line.length > 900 ? `${line.slice(0, 450)} … ${line.slice(-450)}` : line)).join('\n');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#exit !== undefined) return;
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), stopTimeoutMs);
    this.#child.kill('SIGTERM');
    await this.#exited;
    clearTimeout(killer);
  }

  #onExit(exit: Exit, resolve: (exit: Exit) => void): void {
    this.#exit = exit;
    resolve(exit);
  }
}

async function isReady(adminPort: number): Promise<'ready' | undefined> {
  try {
    using client = await RawClient.connect(adminPort);
    await client.send(['GET /ready HTTP/1.1\r\nhost: test\r\n\r\n']);
    const text = await poll(async () => (client.received.includes('\r\n\r\n') ? client.received : undefined), {
      timeoutMs: 1000,
    });
    return text?.startsWith('HTTP/1.1 200') ? 'ready' : undefined;
  } catch {
    return undefined;
  }
}

/** Runs a command to its end; stdout and stderr together. */
export async function runToEnd(command: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code: code ?? -1, output };
}
