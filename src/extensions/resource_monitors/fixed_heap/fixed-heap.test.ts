import assert from 'node:assert/strict';
import { test } from 'node:test';
import { configReader } from '../../../../test/harness/extension-config.ts';
import { fixedHeap } from './index.ts';

const TYPE = 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig';

test('the pressure is the part of the limit that the process holds', () => {
  const monitor = fixedHeap.createMonitor(400, { processMemoryBytes: () => 100, resources: undefined as never });
  assert.equal(monitor.pressure(), 0.25);
});

test('a limit of nothing is refused', () => {
  const { read } = configReader([fixedHeap]);
  assert.match(read(TYPE, { max_heap_size_bytes: 0 }).problems.join(), /greater than 0/);
});
