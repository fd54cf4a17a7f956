/** Nuncio beside its peers, in turn, each on one CPU: `npm run bench -- --help` (see docs/performance.md). */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from './harness/machine.ts';
import { type Results, renderResults, replaceMarked } from './harness/report.ts';
import { threeDigits } from './harness/statistics.ts';
import { parseRunOptions, type RunOptions, usage } from './options.ts';
import { envoy } from './peers/envoy.ts';
import { haproxy } from './peers/haproxy.ts';
import { nginx } from './peers/nginx.ts';
import { nuncioBuilt, nuncioOnIoUring, nuncioOnNode, nuncioSource } from './peers/nuncio.ts';
import type { Peer } from './peers/peer.ts';
import { scenarios } from './scenarios/index.ts';
import type { Figures, Scenario } from './scenarios/scenario.ts';

const page = join(import.meta.dirname, '../docs/performance.md');

/** Those that were asked for, else all: our own as it is started, and on the node engine; unbuilt only where it is not built. */
function choosePeers(names: readonly string[]): Map<Peer, string> {
  const chosen = new Map<Peer, string>();
  for (const peer of [nuncioBuilt, nuncioOnNode, nuncioOnIoUring, nuncioSource, envoy, nginx, haproxy]) {
    const program = peer.find();
    const wanted =
      names.length > 0
        ? names.includes(peer.name)
        : !(peer === nuncioOnIoUring || (peer === nuncioSource && chosen.has(nuncioBuilt)));
    if (program === undefined && wanted)
      process.stderr.write(`${peer.name} is not installed (or not built): left out\n`);
    if (program !== undefined && wanted) chosen.set(peer, program);
  }
  return chosen;
}

/** Turn by turn, so that whatever else the machine does falls on all alike. */
async function runScenario(scenario: Scenario, peers: Map<Peer, string>, options: RunOptions): Promise<Results> {
  const results = new Map<string, Figures[]>();
  for (let turn = 0; turn < options.turns; turn++) {
    for (const [peer, program] of peers) {
      if (!scenario.supports(peer)) continue;
      const figures = await scenario.measure(peer, program, options);
      const shown = scenario.figures.map(({ key, heading }) => `${heading} ${threeDigits(figures[key] ?? Number.NaN)}`);
      process.stderr.write(`${scenario.name} ${turn + 1}/${options.turns} ${peer.name}: ${shown.join(', ')}\n`);
      results.set(peer.name, [...(results.get(peer.name) ?? []), figures]);
    }
  }
  return results;
}

function describeTurns({ turns, seconds, warmUpSeconds }: RunOptions): string {
  const what = turns === 1 ? 'One turn' : `Medians of ${turns} turns`;
  return `${what} of ${seconds} s, each by a new process after ${warmUpSeconds} s of warming up.`;
}

async function run(options: RunOptions): Promise<void> {
  const peers = choosePeers(options.peers);
  const programs = new Map([...peers].map(([{ name }, program]) => [name, program]));
  const parts = [describeMachine(programs), describeTurns(options), ''];
  const unknown = options.scenarios.filter((name) => !scenarios.some((scenario) => scenario.name === name));
  if (unknown.length > 0) throw new Error(`no scenario ${unknown}; there are ${scenarios.map(({ name }) => name)}`);
  for (const scenario of scenarios) {
    if (options.scenarios.length > 0 && !options.scenarios.includes(scenario.name)) continue;
    parts.push(renderResults(scenario, await runScenario(scenario, peers, options)));
  }
  const text = parts.join('\n');
  process.stdout.write(`${text}\n`);
  if (options.write) writeFileSync(page, replaceMarked(readFileSync(page, 'utf8'), text));
}

if (process.argv.includes('--help')) process.stdout.write(usage);
else await run(parseRunOptions(process.argv.slice(2)));
