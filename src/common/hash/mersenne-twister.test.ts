import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MersenneTwister } from './mersenne-twister.ts';

test('the ten thousandth number of the usual seed is that of the standard (26.6.6 [rand.predef])', () => {
  const random = new MersenneTwister(5489);
  for (let i = 1; i < 10_000; i++) random.next();
  assert.equal(random.next(), 4_123_659_995);
});

test('numbers below a limit are all there, none is above', () => {
  const random = new MersenneTwister(1);
  const seen = new Set(Array.from({ length: 100 }, () => random.nextBelow(3)));
  assert.deepEqual([...seen].sort(), [0, 1, 2]);
});
