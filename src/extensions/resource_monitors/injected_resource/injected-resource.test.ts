import assert from 'node:assert/strict';
import { test } from 'node:test';
import { injectedResource } from './index.ts';

test('the pressure is the number in the file; anything else is none', () => {
  let content = '';
  const resources = {
    readFile: () => (content === '' ? { error: 'no such file' } : new TextEncoder().encode(content)),
    environmentVariable: () => undefined,
  };
  const monitor = injectedResource.createMonitor('/f', {
    runtime: undefined as never,
    processMemoryBytes: () => 0,
    resources,
  });
  const read = (text: string) => {
    content = text;
    return monitor.pressure();
  };
  assert.deepEqual(['0.5\n', '1', '0', '1.1', '-1', 'junk', ''].map(read), [
    0.5,
    1,
    0,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});
