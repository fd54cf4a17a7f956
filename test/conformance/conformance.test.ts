import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ensureBuilt } from '../../scripts/built.ts';
import { compareFile, whyNotHere } from './all.ts';
import { caseFiles } from './cases/index.ts';
import { diff } from './diff.ts';
import { isGood, judgeResults, loadDifferences } from './differences.ts';
import type { Result } from './run-suite.ts';
import { suitePorts } from './suite-ports.ts';
import { engines, findEnvoy, nuncioCommand } from './targets.ts';
import { validateByCommand, validateInProcess } from './validate.ts';

const ports = suitePorts();
const validate = await validateInProcess();
const live = process.env.CONFORMANCE_LIVE === '1' ? await findEnvoy() : undefined;

function report(results: readonly (readonly [Result, string])[]): string {
  const told = results.slice(0, 5).map(([{ id, expected, actual }, why]) => `${id}: ${why}\n${diff(expected, actual)}`);
  return `${results.length} steps are not as recorded; the first:\n${told.join('\n\n')}`;
}

describe('answers as Envoy does', { concurrency: 2 }, () => {
  // As it is published: some two hundred starts, each a third of what it costs unbuilt.
  const command = ensureBuilt();

  for (const file of caseFiles) {
    test(file.name, { skip: whyNotHere(file) }, async () => {
      const results = await compareFile(file, { command, ports, validate, engines });
      const judged = judgeResults(results, await loadDifferences());
      const bad = [...judged].filter(([, why]) => !isGood(why));
      assert.equal(bad.length, 0, report(bad));
    });
  }
});

describe('the recordings are what Envoy answers now', { concurrency: 2, skip: live === undefined }, () => {
  for (const file of caseFiles) {
    test(file.name, { skip: whyNotHere(file) }, async () => {
      const results = await compareFile(file, { command: live ?? '', ports, validate: validateByCommand(live ?? '') });
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

test('the command gives the same verdict as the loader does in this process', async () => {
  const byCommand = validateByCommand(nuncioCommand);
  const folder = await mkdtemp(join(tmpdir(), 'verdict-'));
  try {
    for (const text of ['node: {id: a}\n', 'node: {idd: a}\n']) {
      const path = join(folder, 'a.yaml');
      await writeFile(path, text);
      assert.equal((await byCommand(path)).code, (await validate(path)).code, text);
    }
  } finally {
    await rm(folder, { recursive: true });
  }
});
