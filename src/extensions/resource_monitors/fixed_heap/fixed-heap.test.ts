import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Runtime } from '../../../../sdk/extension.ts';
import { configReader } from '../../../../test/harness/extension-config.ts';
import type { JsonInput } from '../../../common/proto/json-value.ts';
import { fixedHeap } from './index.ts';

const TYPE = 'envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig';

/** @param inRuntime what runtime has of the limit */
function pressure(json: JsonInput, inRuntime: Record<string, number> = {}): number | undefined {
  const { config, problems } = configReader([fixedHeap]).read(TYPE, json);
  assert.deepEqual(problems, []);
  const getInteger = (key: string, fallback: number) => inRuntime[key] ?? fallback;
  const runtime = { snapshot: { getInteger } } as unknown as Runtime;
  const context = { processMemoryBytes: () => 100, resources: undefined as never, runtime };
  return fixedHeap.createMonitor(config as Parameters<typeof fixedHeap.createMonitor>[0], context).pressure();
}

test('the pressure is the part of the limit that the process holds', () => {
  assert.equal(pressure({ max_heap_size_bytes: 400 }, { k: 50 }), 0.25);
});

test('runtime may have the limit', () => {
  const json = { max_heap_size_bytes_runtime: { default_value: 400, runtime_key: 'k' } };
  assert.deepEqual([pressure(json), pressure(json, { k: 200 })], [0.25, 0.5]);
  const both = configReader([fixedHeap]).read(TYPE, { ...json, max_heap_size_bytes: 1 });
  assert.match(both.problems.join(), /exactly one of max_heap_size_bytes or max_heap_size_bytes_runtime must be set/);
});

test('a limit of nothing is refused', () => {
  const { read } = configReader([fixedHeap]);
  assert.match(read(TYPE, { max_heap_size_bytes: 0 }).problems.join(), /greater than 0/);
});
