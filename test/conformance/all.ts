/** Runs many case files, a few at a time. */
import { fileURLToPath } from 'node:url';
import { runInOwnNetwork, whyNoOwnNetwork } from '../harness/own-network.ts';
import type { Recording, VerdictRecording } from './answer.ts';
import type { CaseFile, Suite } from './case.ts';
import { loadRecording, saveRecording } from './recorded.ts';
import { compareSuite, compareVerdicts, judge, type Result, recordSuite, type Target } from './run-suite.ts';

/** Runs `work` over `items`, at most `width` at once; results in the items' order. */
export async function inParallel<T, R>(
  items: readonly T[],
  width: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const queue = [...items.entries()];
  const lane = async (): Promise<void> => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return results;
}

/** The filter is a part of `suite` or `suite/case`; a suite runs whole if anything in it is meant. */
export function isMeant(file: CaseFile, filter: string): boolean {
  const names = file.kind === 'traffic' ? file.cases : file.configs;
  return `${file.name}/`.includes(filter) || names.some(({ name }) => `${file.name}/${name}`.includes(filter));
}

/** Why a file cannot be run on this machine. */
export function whyNotHere(file: CaseFile): string | false {
  return file.kind === 'traffic' && file.network !== undefined && whyNoOwnNetwork();
}

/** Of a suite that has a network of its own. */
async function runInNetwork<T>(mode: 'record' | 'compare', suite: Suite, command: string, args: Args = []): Promise<T> {
  const script = fileURLToPath(new URL('in-network.ts', import.meta.url));
  return JSON.parse(await runInOwnNetwork(script, [suite.name, mode, command, ...args])) as T;
}

type Args = readonly string[];

async function compareOnEngines(suite: Suite, target: Target, expected: Recording): Promise<Result[]> {
  const { engines, command } = target;
  const onEach = suite.network !== undefined || suite.onEachEngine === true;
  const choices: readonly Args[] = (onEach && engines?.map((engine) => ['--socket-engine', engine])) || [[]];
  const results = await inParallel(choices, 1, (args) =>
    suite.network === undefined
      ? compareSuite({ ...suite, args: [...(suite.args ?? []), ...args] }, target, expected)
      : runInNetwork<Result[]>('compare', suite, command, args),
  );
  return results.flat();
}

export async function recordFile(file: CaseFile, target: Target): Promise<number> {
  if (file.kind === 'verdicts') {
    const recording = await judge(file, target.validate);
    await saveRecording(recording);
    return Object.keys(recording.verdicts).length;
  }
  const recording = await (file.network === undefined
    ? recordSuite(file, target)
    : runInNetwork<Recording>('record', file, target.command));
  await saveRecording(recording);
  return Object.values(recording.cases).reduce((sum, answers) => sum + answers.length, 0);
}

export async function compareFile(file: CaseFile, target: Target): Promise<Result[]> {
  if (file.kind === 'verdicts') {
    const expected = await loadRecording<VerdictRecording>(file.name);
    return expected === undefined ? [unrecorded(file)] : compareVerdicts(expected, await judge(file, target.validate));
  }
  const expected = await loadRecording<Recording>(file.name);
  if (expected === undefined) return [unrecorded(file)];
  return compareOnEngines(file, target, expected);
}

function unrecorded(file: CaseFile): Result {
  return { id: `${file.name}/`, same: false, expected: 'a recording', actual: 'none: npm run conformance:record' };
}
