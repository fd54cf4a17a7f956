import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatGeneral, formatJsonNumber, formatShortest } from './number-format.ts';

test('%g: digits, trailing zeros, exponents', () => {
  const numbers = [0, 0.5, 100, 99.5, 99.9, 600_000, 1_800_000, 3_600_000, 123_456_7, 0.0001, 0.00001, Number.NaN];
  assert.deepEqual(
    numbers.map((value) => formatGeneral(value, 6)),
    ['0', '0.5', '100', '99.5', '99.9', '600000', '1.8e+06', '3.6e+06', '1.23457e+06', '0.0001', '1e-05', 'nan'],
  );
  assert.equal(formatGeneral(119.42857142857143, 32), '119.42857142857143060155067360029');
  assert.equal(formatGeneral(3_600_000, 32), '3600000');
  assert.equal(formatGeneral(0.1, 32), '0.10000000000000000555111512312578');
});

test('shortest digits that read back', () => {
  const numbers = [0, 355, 1.051111111111111, 1e15, 1e16, 0.0001, 0.00001, Number.NaN];
  assert.deepEqual(numbers.map(formatShortest), [
    '0',
    '355',
    '1.051111111111111',
    '1000000000000000',
    '1e+16',
    '0.0001',
    '1e-05',
    'nan',
  ]);
});

test('JSON: the shorter of plain and scientific', () => {
  const numbers = [0.5, 10_000, 100_000, 300_000, 600_000, 1_800_000, 1e22, 0.001, 0.0001, Number.NaN];
  assert.deepEqual(numbers.map(formatJsonNumber), [
    '0.5',
    '10000',
    '1e+05',
    '3e+05',
    '6e+05',
    '1800000',
    '1e+22',
    '0.001',
    '1e-04',
    'null',
  ]);
});
