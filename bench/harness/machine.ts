import { execFileSync } from 'node:child_process';
import { cpus, loadavg, release, totalmem } from 'node:os';

/** What was measured on, in one paragraph. `loadavg` says whether anything else ran. */
export function describeMachine(programs: ReadonlyMap<string, string>): string {
  const [cpu] = cpus();
  const memory = Math.round(totalmem() / 1024 ** 3);
  const machine = `${cpus().length} × ${cpu?.model.trim()}, ${memory} GiB, Linux ${release()}, Node ${process.versions.node}`;
  const versions = [...programs].flatMap(([name, program]) => versionOf(name, program));
  return `${machine}; ${versions.join(', ')}. Load average before: ${loadavg()[0]?.toFixed(1)}.`;
}

/** Each program says it in its own way: `version: 9e55…/1.40.0/Clean`, `nginx/1.22.1`, `version 2.6.12-1`. */
const versionPatterns: Readonly<Record<string, readonly [flag: string, pattern: RegExp]>> = {
  Envoy: ['--version', /[0-9a-f]{40}\/(\d+\.\d+\.\d+)/],
  nginx: ['-v', /nginx\/(\d+\.\d+\.\d+)/],
  HAProxy: ['-v', /version (\d+\.\d+\.\d+)/],
};

function versionOf(name: string, program: string): string[] {
  const [flag, pattern] = versionPatterns[name] ?? [];
  if (flag === undefined || pattern === undefined) return [];
  const output = execFileSync('sh', ['-c', '"$0" "$1" 2>&1', program, flag], { encoding: 'utf8' });
  return [`${name} ${pattern.exec(output)?.[1] ?? ''}`];
}
