import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byFunction, CodeMap, columns } from './code-map.ts';

test('an address belongs to the code around it, to the last that was put there, or to none', () => {
  const map = new CodeMap(
    '1000 100 JS:~old a.ts:1:1\n2000 10 Builtin:Call\n0x1080 40 JS:*new b.ts:2:2\nno code at all\n',
  );
  assert.equal(map.nameAt(0x1000), 'JS:~old a.ts:1:1');
  assert.equal(map.nameAt(0x1080), 'JS:*new b.ts:2:2');
  assert.equal(map.nameAt(0x10c0), 'JS:~old a.ts:1:1');
  assert.equal(map.nameAt(0x200f), 'Builtin:Call');
  assert.equal(map.nameAt(0x2010), undefined);
  assert.equal(map.nameAt(0xfff), undefined);
});

test('blocks are summed by function, most first, by instructions or by what they miss', () => {
  const map = new CodeMap('1000 100 f\n2000 100 g\n');
  const blocks = '1000 5 1 9\n2010 30 2 1\n1040 6 0 0\n9000 7 4 2\n';
  assert.deepEqual(byFunction(blocks, map), [
    ['g', 30],
    ['f', 11],
    ['native code', 7],
  ]);
  assert.deepEqual(byFunction(blocks, map, columns.data), [
    ['f', 9],
    ['native code', 2],
    ['g', 1],
  ]);
});
