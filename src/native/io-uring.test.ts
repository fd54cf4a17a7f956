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

test('completions for which the queue had no room come when there is some', () => {
  const ring = IoUring.open(mapper(), 8, 16);
  assert.ok(typeof ring !== 'number', `io_uring_setup: errno ${ring}`);
  using _ring = ring;
  const ids: number[] = [];
  for (let id = 1; id <= 100; id++) ring.push(operations.close, -1, 0, 0, 0, 0, 0, id, 7);
  ring.submit();
  for (let turn = 0; turn < 100 && ring.hasCompletions; turn++) {
    ring.drain({ onCompletion: (id) => ids.push(id) });
    ring.enter();
  }
  assert.deepEqual(
    ids.toSorted((a, b) => a - b),
    Array.from({ length: 100 }, (_, i) => i + 1),
  );
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

test('of a large ring only those buffers are memory in use that were looked at', () => {
  using ring = open();
  const options = { group: 0, count: 1024, entries: 4, size: 262_144, incremental: false };
  const buffers = BufferRing.open(mapper(), ring, options);
  assert.ok(typeof buffers !== 'number', `io_uring_register: errno ${buffers}`);
  using _buffers = buffers;
  buffers.bytesOf(0)[buffers.startOf(0)] = 7;
  buffers.bytesOf(1023)[buffers.startOf(1023) + 262_143] = 8;
  // Two views of the 256 MiB, which is what the collector is told of.
  for (const id of [0, 1023]) assert.ok(buffers.bytesOf(id).buffer.byteLength < 17_000_000);
  assert.equal(buffers.bytesOf(0), buffers.bytesOf(63));
  assert.notEqual(buffers.bytesOf(0), buffers.bytesOf(64));
});

test('where bytes lie is told for parts of any view, and for no other memory', () => {
  using ring = open();
  const size = 262_144;
  const buffers = BufferRing.open(mapper(), ring, { group: 0, count: 200, entries: 4, size, incremental: false });
  assert.ok(typeof buffers !== 'number', `io_uring_register: errno ${buffers}`);
  using _buffers = buffers;
  const stride = buffers.startOf(1);
  for (const id of [0, 63, 64, 199]) {
    const start = buffers.startOf(id);
    assert.equal(buffers.placeOf(buffers.bytesOf(id).subarray(start + 5)), id * stride + 5);
  }
  assert.equal(buffers.byteLength, 200 * stride);
  assert.equal(buffers.placeOf(new Uint8Array(10)), -1);
});
