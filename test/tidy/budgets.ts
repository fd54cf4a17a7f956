import { folderOf } from './facts.ts';
import { isTest, type Problem, type Project } from './project.ts';

const MAX_FILE_LINES = 600;
const P90_FILE_LINES = 350;
const MEDIAN_FILE_LINES = 150;
const MAX_FUNCTION_LINES = 70;
const MEDIAN_FUNCTION_LINES = 12;
const MAX_FOLDER_DEPTH = 5;

/** Lengths of files. The median and p90 speak of the whole tree, the maximum of each file, tests included. */
export function checkFileLengths(project: Project): Problem[] {
  const problems: Problem[] = [];
  for (const { path, lines } of project.sources) {
    if (lines <= MAX_FILE_LINES) continue;
    const message = `${lines} lines; none may have over ${MAX_FILE_LINES}: give each of its ideas a file`;
    problems.push({ rule: 'file-length', path, what: 'max', message });
  }
  const lengths = project.sources.map(({ lines }) => lines);
  const rule = 'file-length';
  pushIfOver(problems, { rule, what: 'median', found: quantile(lengths, 0.5), limit: MEDIAN_FILE_LINES });
  pushIfOver(problems, { rule, what: 'p90', found: quantile(lengths, 0.9), limit: P90_FILE_LINES });
  return problems;
}

/** Lengths of functions. Callbacks of `describe` only group, and one-expression arrows would flatter the median. */
export function checkFunctionLengths(project: Project): Problem[] {
  const problems: Problem[] = [];
  const lengths: number[] = [];
  for (const { path, functions } of project.sources) {
    for (const { name, line, lines, isInline, isSuite } of functions) {
      if (!isInline && !isSuite && !isTest(path)) lengths.push(lines);
      if (isSuite || lines <= MAX_FUNCTION_LINES) continue;
      const message = `${name} has ${lines} lines; none may have over ${MAX_FUNCTION_LINES}: split it by what it decides`;
      problems.push({ rule: 'function-length', path, what: name, line, message });
    }
  }
  const found = quantile(lengths, 0.5);
  pushIfOver(problems, { rule: 'function-length', what: 'median', found, limit: MEDIAN_FUNCTION_LINES });
  return problems;
}

/** No source lies deeper than `src/a/b/c/d/file.ts`. */
export function checkFolderDepth(project: Project): Problem[] {
  const problems: Problem[] = [];
  for (const { path } of project.sources) {
    const depth = folderOf(path).split('/').length;
    if (depth <= MAX_FOLDER_DEPTH) continue;
    const message = `lies ${depth} folders deep; ${MAX_FOLDER_DEPTH} is the most`;
    problems.push({ rule: 'folder-depth', path, what: 'depth', message });
  }
  return problems;
}

/** The smallest value that at least `share` of `values` do not pass; 0 for none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

interface Measure {
  readonly rule: string;
  readonly what: string;
  readonly found: number;
  readonly limit: number;
}

function pushIfOver(problems: Problem[], { rule, what, found, limit }: Measure): void {
  if (found <= limit) return;
  problems.push({ rule, path: '(all files)', what, message: `the ${what} is ${found} lines, over ${limit}` });
}
