import assert from 'node:assert/strict';
import { test } from 'node:test';
import { JsonSyntaxError, parseJson } from './json.ts';

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

test('integers beyond 53 bits are exact', () => {
  assert.deepEqual(parseJson('[9007199254740993, 1.5, 12]'), [9007199254740993n, 1.5, 12]);
});

test('what protobuf takes besides JSON: trailing commas, single quotes, bare keys, control characters', () => {
  assert.deepEqual(plain(parseJson('{node: {\'id\': "a\tb", list: [1, 2,],},}')), {
    node: { id: 'a\tb', list: [1, 2] },
  });
});

test('escapes in lenient strings', () => {
  assert.deepEqual(plain(parseJson("{'a': 'x\\n\\u0041\\''}")), { a: "x\nA'" });
});

test('what is neither is refused with its place', () => {
  assert.throws(() => parseJson('{\n  a: }'), { message: 'expected a value', line: 2, column: 6 });
  assert.throws(() => parseJson('{"a": 05}'), JsonSyntaxError);
  assert.throws(() => parseJson('{} x'), /extraneous characters/);
});
