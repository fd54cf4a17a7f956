import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSharedNumbers, forgetNumbers, SharedNumbers } from './shared-numbers.ts';

test('threads see one number by its key, and replace it only as they know it', () => {
  const memory = createSharedNumbers(2);
  const [here, there] = [new SharedNumbers(memory, 0).acquire('k'), new SharedNumbers(memory, 1).acquire('k')];
  const other = new SharedNumbers(memory, -1).acquire('é');
  assert.equal(here.replace(0, 1.5), true);
  assert.equal(there.value, 1.5);
  assert.equal(there.replace(0, 2), false);
  assert.equal(there.replace(1.5, -2), true);
  assert.deepEqual([here.value, other.value], [-2, 0]);
});

test('a number begins anew when all have given it back', () => {
  const numbers = new SharedNumbers(createSharedNumbers(2), 0);
  const [first, second] = [numbers.acquire('k'), numbers.acquire('k')];
  first.replace(0, 7);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.equal(numbers.acquire('k').value, 7);
  for (const held of [second, numbers.acquire('k')]) held[Symbol.dispose]();
  assert.equal(second.value, 7);
});

test('where there is no place left, a number is the thread’s own', () => {
  const memory = createSharedNumbers(2);
  const numbers = new SharedNumbers(memory, 0);
  const all = Array.from({ length: 20_000 }, (_, i) => numbers.acquire(`k${i}`));
  for (const [i, number] of all.entries()) assert.equal(number.replace(0, i + 1), true);
  for (const [i, number] of all.entries()) assert.equal(number.value, i + 1);
});

test('a worker that goes takes its share of the counts with it, and its hold on places', () => {
  const memory = createSharedNumbers(2);
  const [dying, other, main] = [0, 1, -1].map((worker) => new SharedNumbers(memory, worker));
  const count = other?.acquireCount('connections');
  const dyingCount = dying?.acquireCount('connections');
  assert.deepEqual([count?.add(1), dyingCount?.add(1), dyingCount?.add(1), dyingCount?.add(-1)], [0, 1, 2, 3]);
  main?.acquire('number').replace(0, 7);
  dying?.acquire('number');
  dying?.acquire('its own').replace(0, 7);
  forgetNumbers(memory, 0);
  assert.equal(count?.value, 1);
  const next = new SharedNumbers(memory, 0);
  assert.deepEqual([next.acquireCount('connections').add(1), count?.value], [1, 2]);
  assert.deepEqual([next.acquire('number').value, next.acquire('its own').value], [7, 0]);
});

test('a worker that goes in the midst of an access stops nobody', () => {
  const memory = createSharedNumbers(2);
  new Int32Array(memory)[0] = 1;
  forgetNumbers(memory, 0);
  const [one, other] = [0, 1].map((worker) => new SharedNumbers(memory, worker).acquire('k'));
  one?.replace(0, 3);
  assert.equal(other?.value, 3);
});
