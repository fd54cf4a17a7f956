import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byFunction, CodeMap } from './code-map.ts';

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

test('blocks are summed by function, most first', () => {
  const map = new CodeMap('1000 100 f\n2000 100 g\n');
  const sums = byFunction('1000 5\n2010 30\n1040 6\n9000 7\n', map);
  assert.deepEqual(sums, [
    ['g', 30],
    ['f', 11],
    ['native code', 7],
  ]);
});
