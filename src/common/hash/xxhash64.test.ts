import assert from 'node:assert/strict';
import { test } from 'node:test';
import { xxHash64, xxHash64All } from './xxhash64.ts';

// Published vectors (the reference implementation's and its ports').
test('hashes are those of the reference implementation', () => {
  assert.equal(xxHash64(''), 0xef46db3751d8e999n);
  assert.equal(xxHash64('a'), 0xd24ec4f1a98c6e5bn);
  assert.equal(xxHash64('abc'), 0x44bc2cf5ad770999n);
  assert.equal(xxHash64('foo'), 3728699739546630719n);
  assert.equal(xxHash64('bar'), 5234164152756840025n);
  assert.equal(xxHash64('xxhash'), 3665147885093898016n);
  assert.equal(xxHash64('Nobody inspects the spammish repetition'), 0xfbcea83c8a378bf1n);
});

test('every length of tail is hashed', () => {
  const seen = new Set<bigint>();
  for (let length = 0; length < 80; length++) seen.add(xxHash64('x'.repeat(length)));
  assert.equal(seen.size, 80);
});

test('several inputs are chained by the seed', () => {
  assert.equal(xxHash64All(['a']), xxHash64('a'));
  assert.equal(xxHash64All(['a', 'b']), xxHash64('b', xxHash64('a')));
  assert.notEqual(xxHash64All(['a', 'b']), xxHash64All(['b', 'a']));
});
