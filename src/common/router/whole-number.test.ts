import assert from 'node:assert/strict';
import { test } from 'node:test';
import { wholeNumber } from './whole-number.ts';

test('64 bits and no more', () => {
  assert.equal(wholeNumber('18446744073709551615'), 18446744073709551615n);
  assert.equal(wholeNumber('18446744073709551616'), undefined);
  for (const text of ['', '-1', '1.5', '0x1', ' 1', '9'.repeat(200)]) assert.equal(wholeNumber(text), undefined);
  assert.equal(wholeNumber('007'), 7n);
});
