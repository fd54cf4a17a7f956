import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PortSource } from '../harness/ports.ts';
import { compareFile } from './all.ts';
import { caseFiles } from './cases/index.ts';
import { diff } from './diff.ts';
import { judgeResults, loadDifferences } from './differences.ts';
import type { Result } from './run-suite.ts';
import { findEnvoy, nuncioCommand } from './targets.ts';

const ports = new PortSource(process.pid);
const live = process.env['CONFORMANCE_LIVE'] === '1' ? await findEnvoy() : undefined;

function report(results: readonly (readonly [Result, string])[]): string {
  const told = results.slice(0, 5).map(([{ id, expected, actual }, why]) => `${id}: ${why}\n${diff(expected, actual)}`);
  return `${results.length} steps are not as recorded; the first:\n${told.join('\n\n')}`;
}

describe('answers as Envoy does', { concurrency: 2 }, () => {
  for (const file of caseFiles) {
    test(file.name, async () => {
      const results = await compareFile(file, { command: nuncioCommand, ports });
      const judged = judgeResults(results, await loadDifferences());
      const bad = [...judged].filter(([, why]) => why !== 'same' && why !== 'known difference');
      assert.equal(bad.length, 0, report(bad));
    });
  }
});

describe('the recordings are what Envoy answers now', { concurrency: 2, skip: live === undefined }, () => {
  for (const file of caseFiles) {
    test(file.name, async () => {
      const results = await compareFile(file, { command: live ?? '', ports });
      const changed = results.filter(({ same }) => !same).map((result) => [result, 'changed'] as const);
      assert.equal(changed.length, 0, report(changed));
    });
  }
});

test('every listed difference names a recorded step', async () => {
  const listed = await loadDifferences();
  const suites = caseFiles.map(({ name }) => name);
  for (const { id } of listed) assert.ok(suites.includes(id.split('/')[0] ?? ''), `${id} names no suite`);
});
