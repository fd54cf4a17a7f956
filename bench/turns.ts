/** Builds of Nuncio beside each other and beside peers, in short turns: `node bench/turns.ts --help` (see docs/performance.md). */
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RunningProxy, withProxy } from './harness/running-proxy.ts';
import { lowerQuartile, median, threeDigits } from './harness/statistics.ts';
import { parseTurnOptions, type RunOptions, type TurnOptions } from './options.ts';
import { envoy } from './peers/envoy.ts';
import { haproxy } from './peers/haproxy.ts';
import { nginx } from './peers/nginx.ts';
import type { Peer, Shape } from './peers/peer.ts';
import { type LoadScenario, loadScenarios, measureBurst, warmUp } from './scenarios/requests.ts';
import type { Figures } from './scenarios/scenario.ts';

const usage = `node bench/turns.ts [--scenario http,tls] [--turns 15] [--seconds 1] [--warm-up 10] FOLDER|Envoy|nginx|HAProxy …

  FOLDER  a clone that was built (npm run build)

All of them run at once, each warm and idle but for its own turn. Medians, lower quartiles in brackets, CPU µs a request.
`;

interface Contender {
  readonly name: string;
  readonly peer: Peer;
}

async function findContender(name: string): Promise<Contender> {
  const known = [envoy, nginx, haproxy].find((peer) => peer.name === name);
  if (known !== undefined) return { name, peer: known };
  // Each clone knows how its own build is started.
  const path = pathToFileURL(resolve(name, 'bench/peers/nuncio.ts')).href;
  const { nuncioBuilt } = (await import(path)) as { nuncioBuilt: Peer };
  return { name, peer: nuncioBuilt };
}

/** Each starts within the other, so that all of them live until `use` is done. */
async function withAll(
  [next, ...others]: readonly Contender[],
  shape: Shape,
  options: RunOptions,
  running: ReadonlyMap<string, RunningProxy>,
  use: (proxies: ReadonlyMap<string, RunningProxy>) => Promise<void>,
): Promise<void> {
  if (next === undefined) return use(running);
  const { name, peer } = next;
  const program = peer.find();
  if (program === undefined) throw new Error(`${name} is not installed, or not built`);
  await withProxy(peer, program, shape, options, (proxy) =>
    withAll(others, shape, options, new Map([...running, [name, proxy]]), use),
  );
}

async function takeTurns({ name, shape, load }: LoadScenario, contenders: readonly Contender[], options: RunOptions) {
  const able = contenders.filter(({ peer }) => peer.supports(shape));
  await withAll(able, shape, options, new Map(), async (proxies) => {
    for (const proxy of proxies.values()) await warmUp(proxy, load, options);
    const turns = new Map<string, Figures[]>();
    for (let turn = 0; turn < options.turns; turn++) {
      for (const [key, proxy] of proxies) {
        turns.set(key, [...(turns.get(key) ?? []), await measureBurst(proxy, load, options)]);
      }
    }
    process.stdout.write(`${name}, ${options.turns} turns of ${options.seconds} s\n`);
    for (const [key, figures] of turns) process.stdout.write(`  ${key.padEnd(24)} ${describe(figures)}\n`);
  });
}

function describe(turns: readonly Figures[]): string {
  const shown = ['cpu', 'user'].map((key) => {
    const values = turns.map((figures) => figures[key] ?? Number.NaN);
    return `${key} ${threeDigits(median(values))} (${threeDigits(lowerQuartile(values))})`;
  });
  return shown.join('   ');
}

async function run(options: TurnOptions): Promise<void> {
  const contenders = await Promise.all(options.contenders.map(findContender));
  for (const name of options.scenarios) {
    const scenario = loadScenarios.find((known) => known.name === name);
    if (scenario === undefined) throw new Error(`no scenario ${name}; there are ${loadScenarios.map((s) => s.name)}`);
    await takeTurns(scenario, contenders, options);
  }
}

if (process.argv.includes('--help')) process.stdout.write(usage);
else await run(parseTurnOptions(process.argv.slice(2)));
