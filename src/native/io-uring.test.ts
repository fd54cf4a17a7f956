import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BufferRing } from './buffer-ring.ts';
import { IoUring, operations } from './io-uring.ts';
import { MemoryMapper } from './mapped-memory.ts';

const mapper = () => new MemoryMapper();

function open(): IoUring {
  const ring = IoUring.open(mapper(), 8, 64);
  assert.ok(typeof ring !== 'number', `io_uring_setup: errno ${ring}`);
  return ring;
}

test('a ring that the kernel refuses is an errno', () => {
  assert.equal(IoUring.open(mapper(), 1 << 20, 1 << 21), 22);
  using ring = open();
  assert.equal(BufferRing.open(mapper(), ring, { group: 0, count: 3, entries: 3, size: 4096, incremental: false }), 22);
});

test('more operations than the queue holds are all answered, each with its number', () => {
  using ring = open();
  for (let id = 1; id <= 50; id++) ring.push(operations.close, -1, 0, 0, 0, 0, 0, id, 7);
  ring.submit();
  const ids: number[] = [];
  const handler = {
    onCompletion(id: number, kind: number, result: number): void {
      assert.deepEqual([kind, result], [7, -9]);
      ids.push(id);
    },
  };
  while (ring.drain(handler) > 0);
  assert.deepEqual(
    ids,
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  assert.ok(!ring.hasCompletions);
});

test('a handler that throws loses its own completion only', () => {
  using ring = open();
  for (let id = 1; id <= 3; id++) ring.push(operations.close, -1, 0, 0, 0, 0, 0, id, 0);
  ring.submit();
  const seen: number[] = [];
  const handler = {
    onCompletion(id: number): void {
      seen.push(id);
      if (id === 2) throw new Error('of the handler');
    },
  };
  assert.throws(() => ring.drain(handler), /of the handler/);
  ring.drain(handler);
  assert.deepEqual(seen, [1, 2, 3]);
});
