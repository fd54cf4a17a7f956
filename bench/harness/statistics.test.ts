import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lowerQuartile, median } from './statistics.ts';

test('the median is in the middle, the lower quartile has a quarter of the values up to it, in whatever order they come', () => {
  assert.equal(median([5, 1, 3]), 3);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.equal(lowerQuartile([9, 1, 7, 3, 5]), 3);
  assert.equal(lowerQuartile([2]), 2);
  assert.equal(lowerQuartile([]), Number.NaN);
});
