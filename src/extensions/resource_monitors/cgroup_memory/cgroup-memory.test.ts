import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cgroupMemory } from './index.ts';

function pressure(files: Readonly<Record<string, string>>, maxBytes = Number.POSITIVE_INFINITY): number | undefined {
  const resources = {
    readFile: (path: string) => {
      const text = files[path.replace('/sys/fs/cgroup/', '')];
      return text === undefined ? { error: 'no such file' } : new TextEncoder().encode(text);
    },
    environmentVariable: () => undefined,
  };
  return cgroupMemory
    .createMonitor(maxBytes, { runtime: undefined as never, processMemoryBytes: () => 0, resources })
    .pressure();
}

test('the usage against the lesser of the group’s limit and the configured one', () => {
  const ofVersion2 = { 'memory.current': '50\n', 'memory.max': '200\n' };
  assert.equal(pressure(ofVersion2), 0.25);
  assert.equal(pressure(ofVersion2, 100), 0.5);
  assert.equal(pressure(ofVersion2, 1000), 0.25);
  assert.equal(pressure({ 'memory/memory.usage_in_bytes': '10', 'memory/memory.limit_in_bytes': '40' }), 0.25);
});

test('no limit at all is no pressure', () => {
  assert.equal(pressure({ 'memory.current': '50', 'memory.max': 'max' }), 0);
  assert.equal(pressure({ 'memory/memory.usage_in_bytes': '10', 'memory/memory.limit_in_bytes': '-1' }), 0);
});

test('without control groups, or with what is no number, nothing can be told', () => {
  assert.equal(pressure({}), undefined);
  assert.equal(pressure({ 'memory.current': '50', 'memory.max': 'much' }), undefined);
});
