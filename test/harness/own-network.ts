/** Programs in a network of their own: a namespace of Linux that has a loopback interface and nothing else. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';

/** One who is not root becomes it in there. */
function enter(script: string, args: readonly string[]): [string, string[]] {
  const how = process.getuid?.() === 0 ? '-n' : '-rn';
  return ['unshare', [how, 'sh', '-ec', `ip link set lo up\n${script}`, 'sh', ...args]];
}

/** Why there is none to be had, with netfilter's rules in it. */
export function whyNoOwnNetwork(): string | false {
  const { error, status, stderr } = spawnSync(...enter('nft list ruleset', []), { encoding: 'utf8' });
  if (error !== undefined) return `network namespaces: ${error.message}`;
  return status !== 0 && `network namespaces with nft: ${stderr.trim().split('\n').at(-1)}`;
}

/** What a script of ours, run in there, has printed. */
export async function runInOwnNetwork(script: string, args: readonly string[]): Promise<string> {
  const child = spawn(...enter('exec "$@"', [process.execPath, script, ...args]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close') as Promise<[number | null]>]);
  if (code !== 0) throw new Error(`${script} ended with ${code}: ${output}`);
  return output;
}
