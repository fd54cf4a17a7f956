import assert from 'node:assert/strict';
import { test } from 'node:test';
import { releaseMemory } from './release-memory.ts';

function fillHeap(): number {
  const objects = Array.from({ length: 1_000_000 }, (_, i) => ({ i, next: { i } }));
  return process.memoryUsage().heapTotal + objects.length * 0;
}

test('a heap that was large is given back', () => {
  const large = fillHeap();
  assert.ok(large > 64 * 1024 * 1024);
  releaseMemory();
  assert.ok(process.memoryUsage().heapTotal < large / 2);
});
