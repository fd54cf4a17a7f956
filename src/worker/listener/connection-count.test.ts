import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnectionCounts } from '../../snapshot/connection-counts.ts';
import { ConnectionCount } from './connection-count.ts';

test('a connection goes to the thread with the fewest, the first of several; the sum stays', () => {
  const memory = createConnectionCounts(3);
  const counts = [0, 1, 2].map((worker) => new ConnectionCount(memory, worker));
  const [first, , third] = counts as [ConnectionCount, ConnectionCount, ConnectionCount];
  third.inc();
  assert.equal(third.moveToFewest(), undefined, 'the others take none yet');
  for (const count of counts) count.takePart(true);
  const went = Array.from({ length: 6 }, () => {
    third.inc();
    return third.moveToFewest() ?? 2;
  });
  assert.deepEqual(went, [0, 1, 0, 1, 2, 0]);
  assert.equal(first.total, 7);
});

test('a limit is reached by the connections of all threads, none by any number', () => {
  const memory = createConnectionCounts(2);
  const [own, other] = [new ConnectionCount(memory, 0), new ConnectionCount(memory, 1)];
  own.inc();
  other.inc();
  const reached = [0, 2, 3, Number.POSITIVE_INFINITY].map((limit) => own.reaches(limit));
  assert.deepEqual(reached, [true, true, false, false]);
});

test('a thread that ends its part gets no more, and what could not be given is taken back', () => {
  const memory = createConnectionCounts(2);
  const [own, other] = [new ConnectionCount(memory, 0), new ConnectionCount(memory, 1)];
  other.takePart(true);
  for (let i = 0; i < 3; i++) own.inc();
  assert.equal(own.moveToFewest(), 1);
  own.moveBack(1);
  other.takePart(false);
  assert.equal(own.moveToFewest(), undefined);
  assert.deepEqual([...new Int32Array(memory)].slice(0, 2), [3, 0]);
});
