/**
 * The budgets and import rules of ARCHITECTURE.md, as a test. A problem names its file, what is wrong and what to do;
 * an exception is a line with its reason in tidy/exceptions.ts. `TIDY=src/codec` in the environment shows one folder only.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkBans } from './tidy/bans.ts';
import { checkFileLengths, checkFolderDepth, checkFunctionLengths } from './tidy/budgets.ts';
import { checkExceptions, withoutExceptions } from './tidy/exceptions.ts';
import { checkCycles, checkImportTargets, checkOrphans } from './tidy/graph.ts';
import { checkImportTable } from './tidy/layers.ts';
import { checkDocs, checkExtensions, checkNames, checkTestPlaces } from './tidy/layout.ts';
import { loadProject, type Problem, type Project } from './tidy/project.ts';

const project = loadProject(new URL('..', import.meta.url).pathname);
const isWired = project.files.includes('src/exe/cli.ts');

function show({ path, line, rule, message }: Problem): string {
  return `${path}${line === undefined ? '' : `:${line}`}: [${rule}] ${message}`;
}

function assertClean(check: (project: Project) => Problem[]): void {
  const only = process.env.TIDY ?? '';
  const left = withoutExceptions(check(project)).filter(({ path }) => path.startsWith(only));
  assert.equal(left.length, 0, `${left.length} problem(s)\n${left.map(show).join('\n')}`);
}

test('there is something to check', () => {
  assert.ok(project.sources.length > 10, `${project.sources.length} sources`);
});

test('files keep their length', () => assertClean(checkFileLengths));
test('functions keep their length', () => assertClean(checkFunctionLengths));
test('folders are at most five deep', () => assertClean(checkFolderDepth));
test('names are kebab-case', () => assertClean(checkNames));
test('imports follow the table', () => assertClean(checkImportTable));
test('imports lead somewhere', () => assertClean(checkImportTargets));
test('imports make no circle at run time', () => assertClean(checkCycles));
test('nothing banned is used', () => assertClean(checkBans));
test('every extension has a test and a line in builtin.ts', () => assertClean(checkExtensions));
test('a test stands beside code', () => assertClean(checkTestPlaces));
test('links of the docs are alive', () => assertClean(checkDocs));

test(
  'an entry point comes to import every file',
  { skip: isWired ? false : 'src/exe/cli.ts, the entry that all is reached from, is not there yet' },
  () => assertClean(checkOrphans),
);

test('exceptions have a reason and something to except', () => {
  const checks = [checkFileLengths, checkFunctionLengths, checkFolderDepth, checkNames, checkImportTable, checkCycles];
  const more = [checkBans, checkExtensions, checkDocs, ...(isWired ? [checkOrphans] : [])];
  const left = checkExceptions([...checks, ...more].flatMap((check) => check(project)));
  assert.equal(left.length, 0, left.map(show).join('\n'));
});
