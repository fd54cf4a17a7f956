import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A program that was started for the bench and ends with it. */
export interface Started extends AsyncDisposable {
  readonly pid: number;
  readonly startedMs: number;
  /** Throws, with the end of what it printed, when the program has ended. */
  assertRunning(): void;
}

/** Connections need descriptors: more than the usual limit. */
const withDescriptors = ['sh', '-c', 'ulimit -n "$(ulimit -H -n)"; exec "$@"', 'sh'];

/** Runs `command` on `cpus`, as taskset(1) lists them (with more descriptors than usual) and answers what it printed on stdout. */
export async function runOn(cpus: string, command: Command): Promise<string> {
  const child = spawnOn(cpus, command, ['ignore', 'pipe', 'inherit']);
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  if (code !== 0) throw new Error(`${command.argv.join(' ')} ended with ${code}`);
  return output;
}

/** Starts `command` on `cpus` (as taskset takes them: `0`, `0,1`); what it prints goes to `name`.log in `folder`. */
export async function startOn(cpus: string, command: Command, folder: string, name: string): Promise<Started> {
  const path = join(folder, `${name}.log`);
  const log = openSync(path, 'w');
  const startedMs = performance.now();
  const child = spawnOn(cpus, command, ['ignore', log, log]);
  closeSync(log);
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()).once('error', () => resolve()));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${command.argv[0]} cannot be started`);
  return {
    pid,
    startedMs,
    assertRunning() {
      if (child.exitCode === null && child.signalCode === null) return;
      throw new Error(`${name} ended early:\n${readFileSync(path, 'utf8').slice(-2000)}`);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 5000);
      await ended;
      clearTimeout(patience);
    },
  };
}

/** Asks every few ms until `isReady`; throws when the process has ended meanwhile or `timeoutMs` have passed. */
export async function waitUntil(isReady: () => Promise<boolean>, started: Started, timeoutMs = 120_000): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await isReady())) {
    started.assertRunning();
    if (performance.now() > deadline) throw new Error(`process ${started.pid} is not ready after ${timeoutMs} ms`);
    await sleep(5);
  }
}

function spawnOn(cpus: string, command: Command, stdio: ('ignore' | 'pipe' | 'inherit' | number)[]): ChildProcess {
  const [program = '', ...args] = [...withDescriptors, 'taskset', '-c', cpus, ...command.argv];
  return spawn(program, args, { stdio, env: { ...process.env, ...command.env } });
}
