/** Runs a case file against a proxy command, to record or to compare. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Answer, Recording, Verdict, VerdictRecording } from './answer.ts';
import { type Case, isControl, type Suite, type VerdictTable } from './case.ts';
import { runControl, runExchange } from './run-step.ts';
import type { Validate, Validation } from './validate.ts';
import { type Target, World } from './world.ts';

export type { Target };

/** One step's outcome. `id` is `suite/case/number of the step`. */
export interface Result {
  readonly id: string;
  readonly same: boolean;
  readonly expected: unknown;
  readonly actual: unknown;
}

async function runCase(world: World, one: Case, expected: readonly Answer[] | undefined): Promise<Answer[]> {
  const answers: Answer[] = [];
  try {
    for (const step of one.steps) {
      if (isControl(step)) await runControl(world, step);
      else answers.push(await runExchange(world, step, expected?.[answers.length]));
    }
  } catch (error) {
    answers.push({ error: error instanceof Error ? error.message : String(error) });
  }
  world.closeConnections();
  return answers;
}

/** Comparing stops when so many cases took so long a step: a proxy that answers nothing is not asked a thousand times. */
const lostCases = 15;
const lostCaseMs = 2000;

async function runCases(suite: Suite, target: Target, expected: Recording | undefined): Promise<Recording> {
  await using world = await World.build(suite, target);
  for (const part of world.leftOut) target.tell?.(`${suite.name}: without ${part}`);
  const cases: Record<string, Answer[]> = {};
  let lost = 0;
  for (const one of suite.cases) {
    const started = performance.now();
    cases[one.name] = await runCase(world, one, expected?.cases[one.name]);
    const slow = performance.now() - started > lostCaseMs * one.steps.length;
    if (expected !== undefined && slow && ++lost > lostCases) break;
  }
  return { suite: suite.name, cases };
}

/** Rejects when a case could not be run to its end: that is no answer of the proxy. */
export async function recordSuite(suite: Suite, target: Target): Promise<Recording> {
  const recording = await runCases(suite, target, undefined);
  for (const [name, answers] of Object.entries(recording.cases)) {
    const error = answers.find((answer) => answer.error !== undefined)?.error;
    if (error !== undefined) throw new Error(`${suite.name}/${name}: ${error}`);
  }
  return recording;
}

/** Every recorded step's result; a proxy that cannot be started fails them all. */
export async function compareSuite(suite: Suite, target: Target, recording: Recording): Promise<Result[]> {
  let actual: Recording;
  try {
    actual = await runCases(suite, target, recording);
  } catch (error) {
    actual = { suite: suite.name, cases: {} };
    const reason = error instanceof Error ? error.message : String(error);
    return Object.entries(recording.cases).flatMap(([name, answers]) =>
      answers.map((expected, index) => resultOf(`${suite.name}/${name}/${index + 1}`, expected, { error: reason })),
    );
  }
  return Object.entries(recording.cases).flatMap(([name, answers]) =>
    answers.map((expected, index) =>
      resultOf(`${suite.name}/${name}/${index + 1}`, expected, actual.cases[name]?.[index]),
    ),
  );
}

function resultOf(id: string, expected: unknown, actual: unknown): Result {
  return { id, same: isDeepStrictEqual(expected, actual), expected, actual };
}

/** The telling part of what a proxy printed: it varies in spacing and in decoration from run to run. */
function firstError(output: string, folder: string): string {
  const text = output
    .replaceAll(folder, '{{folder}}')
    .replace(/goo\.gle\/debug\w*/g, '')
    .replace(/\s+/g, ' ');
  const constraint = /Proto constraint validation failed \((?:[^()]|\([^)]*\))*\)/.exec(text)?.[0];
  if (constraint !== undefined) return constraint;
  const line = output.split('\n').find((one) => /critical|error|refus|invalid/i.test(one)) ?? output.slice(0, 600);
  const start = line.replace(/^.*\] error initializing configuration '[^']*': /, '').replace(/^\[[^\]]*\]/, '');
  return start
    .replaceAll(folder, '{{folder}}')
    .replace(/goo\.gle\/debug\w*/g, '')
    .replace(/\s+/g, ' ')
    .replace(/\)?: \{.*$/s, '')
    .slice(0, 600);
}

function verdictOf({ code, output }: Validation, folder: string): Verdict {
  return code === 0 ? { verdict: 'accept' } : { verdict: 'refuse', message: firstError(output, folder) };
}

/** Our own loader threw what is no fault of the configuration. */
function crash(error: unknown): Verdict {
  return { verdict: 'crash', message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
}

/** The verdict of `--mode validate` on each configuration, in order. */
export async function judge(table: VerdictTable, validate: Validate): Promise<VerdictRecording> {
  const folder = await mkdtemp(join(tmpdir(), 'verdicts-'));
  const verdicts: Record<string, Verdict> = {};
  try {
    for (const [name, text] of Object.entries(table.files ?? {})) await writeFile(join(folder, name), text);
    for (const { name, config, format } of table.configs) {
      const path = join(folder, `case.${format ?? 'yaml'}`);
      await writeFile(path, config.replaceAll('{{folder}}', folder));
      verdicts[name] = await validate(path).then((result) => verdictOf(result, folder), crash);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { suite: table.name, verdicts };
}

export function compareVerdicts(expected: VerdictRecording, actual: VerdictRecording): Result[] {
  return Object.entries(expected.verdicts).map(([name, wanted]) => {
    const found = actual.verdicts[name];
    return {
      id: `${expected.suite}/${name}`,
      same: found?.verdict === wanted.verdict,
      expected: wanted,
      actual: found,
    };
  });
}
