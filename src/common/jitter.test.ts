import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jitteredMs } from './jitter.ts';

test('up to a share is added, nothing where the share is less than a millisecond', () => {
  const random = { random: () => 1234, uuid: () => '' };
  assert.equal(jitteredMs(1000, 0, random), 1000);
  assert.equal(jitteredMs(1000, 0.5, random), 1000 + (1234 % 500));
  assert.equal(jitteredMs(9, 0.1, random), 9);
});
