import assert from 'node:assert/strict';
import { test } from 'node:test';
import failedFiles from './failed-files.ts';

test('each file in which something failed is named once, by the file that ran it', async () => {
  const events = [
    { type: 'test:pass', data: { file: '/passes.test.ts' } },
    { type: 'test:fail', data: { file: '/shared.ts', entryFile: '/fails.test.ts' } },
    { type: 'test:fail', data: { file: '/shared.ts', entryFile: '/fails.test.ts' } },
    { type: 'test:stderr', data: { file: '/tells.test.ts' } },
    { type: 'test:fail', data: { file: '/crashes.test.ts' } },
  ];
  const source = (async function* () {
    yield* events;
  })();
  const told: string[] = [];
  for await (const line of failedFiles(source)) told.push(line);
  assert.deepEqual(told, ['/fails.test.ts\n', '/crashes.test.ts\n']);
});
