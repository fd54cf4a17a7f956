import assert from 'node:assert/strict';
import { test } from 'node:test';
import { numbersInUse } from './suite-ports.ts';

test('numbers in recorded answers and in cases are known not to be ports', () => {
  const numbers = numbersInUse();
  // The default timeout in ms, in most recordings; and the size of a frame, in a case.
  for (const number of [15_000, 16_384]) assert.ok(numbers.has(number), String(number));
  // Else there would be no ports left.
  assert.ok(numbers.size < 5000, String(numbers.size));
});
