import assert from 'node:assert/strict';
import { test } from 'node:test';
import { metadataFields, printDouble, printText, quoteText } from './print-text.ts';

test('a field has a blank behind it, a message braces', () => {
  assert.equal(
    printText([
      ['a', '1'],
      ['b', [['c', '"x"']]],
      ['d', []],
    ]),
    'a: 1 b { c: "x" } d { } ',
  );
});

test('what is not printable ASCII is escaped', () => {
  assert.equal(quoteText('a"b\'c\\d\ne\tf\rg'), String.raw`"a\"b\'c\\d\ne\tf\rg"`);
  assert.equal(quoteText('\u0001é'), String.raw`"\001\303\251"`);
});

const doubles: readonly (readonly [number, string])[] = [
  [1, '1'],
  [-1.5, '-1.5'],
  [0.1 + 0.2, '0.30000000000000004'],
  [1e15, '1e+15'],
  [123456789012345, '123456789012345'],
  [1e-5, '1e-05'],
  [0.0001, '0.0001'],
  [2 ** 53, '9007199254740992'],
  [1e100, '1e+100'],
  [Number.NaN, 'nan'],
  [Number.NEGATIVE_INFINITY, '-inf'],
  [-0, '-0'],
];

for (const [value, text] of doubles) {
  test(`${value} is printed as ${text}`, () => {
    assert.equal(printDouble(value), text);
  });
}

test('metadata goes by names, each value as its kind', () => {
  const fields = metadataFields(
    new Map([
      ['b', { x: null }],
      ['a', { s: 'v', l: [true], o: {} }],
    ]),
  );
  assert.equal(
    printText(fields),
    'filter_metadata { key: "a" value { fields { key: "l" value { list_value { values { bool_value: true } } } } ' +
      'fields { key: "o" value { struct_value { } } } fields { key: "s" value { string_value: "v" } } } } ' +
      'filter_metadata { key: "b" value { fields { key: "x" value { null_value: NULL_VALUE } } } } ',
  );
});
