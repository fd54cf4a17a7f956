import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSharedNumbers, SharedNumbers } from './shared-numbers.ts';

test('threads see one number by its key, and replace it only as they know it', () => {
  const memory = createSharedNumbers();
  const [here, there] = [new SharedNumbers(memory).acquire('k'), new SharedNumbers(memory).acquire('k')];
  const other = new SharedNumbers(memory).acquire('é');
  assert.equal(here.replace(0, 1.5), true);
  assert.equal(there.value, 1.5);
  assert.equal(there.replace(0, 2), false);
  assert.equal(there.replace(1.5, -2), true);
  assert.deepEqual([here.value, other.value], [-2, 0]);
});

test('a number begins anew when all have given it back', () => {
  const numbers = new SharedNumbers(createSharedNumbers());
  const [first, second] = [numbers.acquire('k'), numbers.acquire('k')];
  first.replace(0, 7);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.equal(numbers.acquire('k').value, 7);
  for (const held of [second, numbers.acquire('k')]) held[Symbol.dispose]();
  assert.equal(second.value, 7);
});

test('where there is no place left, a number is the thread’s own', () => {
  const memory = createSharedNumbers();
  const numbers = new SharedNumbers(memory);
  const all = Array.from({ length: 20_000 }, (_, i) => numbers.acquire(`k${i}`));
  for (const [i, number] of all.entries()) assert.equal(number.replace(0, i + 1), true);
  for (const [i, number] of all.entries()) assert.equal(number.value, i + 1);
});
