/** Runs many case files, a few at a time. */
import type { Recording, VerdictRecording } from './answer.ts';
import type { CaseFile } from './case.ts';
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

export async function recordFile(file: CaseFile, target: Target): Promise<number> {
  if (file.kind === 'verdicts') {
    const recording = await judge(file, target.validate);
    await saveRecording(recording);
    return Object.keys(recording.verdicts).length;
  }
  const recording = await recordSuite(file, target);
  await saveRecording(recording);
  return Object.values(recording.cases).reduce((sum, answers) => sum + answers.length, 0);
}

export async function compareFile(file: CaseFile, target: Target): Promise<Result[]> {
  if (file.kind === 'verdicts') {
    const expected = await loadRecording<VerdictRecording>(file.name);
    return expected === undefined ? [unrecorded(file)] : compareVerdicts(expected, await judge(file, target.validate));
  }
  const expected = await loadRecording<Recording>(file.name);
  return expected === undefined ? [unrecorded(file)] : compareSuite(file, target, expected);
}

function unrecorded(file: CaseFile): Result {
  return { id: `${file.name}/`, same: false, expected: 'a recording', actual: 'none: npm run conformance:record' };
}
