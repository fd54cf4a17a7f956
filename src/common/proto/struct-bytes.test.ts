import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fromJson, toBinary } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { readValueBytes } from './struct-bytes.ts';

for (const value of [null, true, -1.5, '', 'é', [], {}, [1, [null, { a: [] }]], { a: { b: 'c' }, d: [false] }]) {
  test(`${JSON.stringify(value)} is read from its bytes`, () => {
    assert.deepEqual(readValueBytes(toBinary(ValueSchema, fromJson(ValueSchema, value))), value);
  });
}

test('a value without a kind is null, within another it is refused', () => {
  assert.equal(readValueBytes(new Uint8Array()), null);
  assert.throws(() => readValueBytes(Uint8Array.of(0x32, 2, 0x0a, 0)), /without a kind/);
});

test('what is cut off, too deep or no number of JSON is refused', () => {
  assert.throws(() => readValueBytes(Uint8Array.of(0x1a, 5, 0x61)), /EOF/);
  assert.throws(() => readValueBytes(Uint8Array.of(0x11, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f)), /no such number/);
  let list: unknown = [];
  for (let depth = 0; depth < 60; depth++) list = [list];
  assert.throws(() => readValueBytes(toBinary(ValueSchema, fromJson(ValueSchema, list as never))), /too deeply/);
});
