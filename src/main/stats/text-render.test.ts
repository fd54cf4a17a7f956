import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatInteger } from '../../common/stats/number-format.ts';

test('numbers are 64-bit unsigned', () => {
  const numbers = [0, 7.9, 2 ** 53, 1e19, 2 ** 64, 1e30, -1];
  assert.deepEqual(numbers.map(formatInteger), [
    '0',
    '7',
    '9007199254740992',
    '10000000000000000000',
    '18446744073709551615',
    '18446744073709551615',
    '18446744073709551615',
  ]);
});
