import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EdfScheduler } from './edf-scheduler.ts';

test('picks in proportion to weights, evenly spread', () => {
  const edf = new EdfScheduler<string>();
  edf.add('a', 1);
  edf.add('b', 3);
  let picks = '';
  for (let i = 0; i < 8; i++) picks += edf.pickAndAdd((value) => (value === 'a' ? 1 : 3));
  assert.equal(picks.replaceAll('b', '').length, 2);
  assert.ok(!picks.includes('aa'));
});

test('goes round where weights are equal', () => {
  const edf = new EdfScheduler<number>();
  for (const value of [1, 2, 3]) edf.add(value, 5);
  const picks = Array.from({ length: 6 }, () => edf.pickAndAdd(() => 5));
  assert.deepEqual(picks, [1, 2, 3, 1, 2, 3]);
});

test('an empty one picks nothing', () => {
  assert.equal(
    new EdfScheduler<number>().pickAndAdd(() => 1),
    undefined,
  );
});
