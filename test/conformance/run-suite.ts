/** Runs a case file against a proxy command, to record or to compare. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { PortSource } from '../harness/ports.ts';
import { runToEnd } from '../harness/proxy-process.ts';
import type { Answer, Recording, Verdict, VerdictRecording } from './answer.ts';
import { type Case, isControl, type Suite, type VerdictTable } from './case.ts';
import { runControl, runExchange } from './run-step.ts';
import { World } from './world.ts';

export interface Target {
  readonly command: string;
  readonly ports: PortSource;
}

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

async function runCases(suite: Suite, target: Target, expected: Recording | undefined): Promise<Recording> {
  await using world = await World.build(suite, target.command, target.ports);
  const cases: Record<string, Answer[]> = {};
  for (const one of suite.cases) cases[one.name] = await runCase(world, one, expected?.cases[one.name]);
  return { suite: suite.name, cases };
}

export function recordSuite(suite: Suite, target: Target): Promise<Recording> {
  return runCases(suite, target, undefined);
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
  const line = output.split('\n').find((one) => /critical|error|refus|invalid/i.test(one)) ?? output.slice(0, 300);
  const start = line.replace(/^.*\] error initializing configuration '[^']*': /, '').replace(/^\[[^\]]*\]/, '');
  return start
    .replaceAll(folder, '{{folder}}')
    .replace(/goo\.gle\/debug\w*/g, '')
    .replace(/\s+/g, ' ')
    .replace(/\)?: \{.*$/s, '')
    .slice(0, 400);
}

/** The verdict of `--mode validate` on each configuration, in order. */
export async function judge(table: VerdictTable, command: string): Promise<VerdictRecording> {
  const folder = await mkdtemp(join(tmpdir(), 'verdicts-'));
  const verdicts: Record<string, Verdict> = {};
  try {
    for (const [name, text] of Object.entries(table.files ?? {})) await writeFile(join(folder, name), text);
    for (const { name, config, format } of table.configs) {
      const path = join(folder, `case.${format ?? 'yaml'}`);
      await writeFile(path, config.replaceAll('{{folder}}', folder));
      const { code, output } = await runToEnd(command, ['--mode', 'validate', '-c', path]);
      verdicts[name] = code === 0 ? { verdict: 'accept' } : { verdict: 'refuse', message: firstError(output, folder) };
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
