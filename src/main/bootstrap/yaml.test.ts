import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseYaml } from './yaml.ts';

/** As plain objects: the reader's have no prototype. */
function read(text: string): unknown {
  return JSON.parse(JSON.stringify(parseYaml(text)));
}

test('plain words are booleans, nulls and integers as yaml-cpp takes them', () => {
  for (const word of ['true', 'True', 'TRUE', 'yes', 'on', 'y', 'Y']) assert.deepEqual(read(`a: ${word}`), { a: true });
  for (const word of ['false', 'No', 'OFF', 'n']) assert.deepEqual(read(`a: ${word}`), { a: false });
  for (const word of ['~', 'null', 'NULL', '']) assert.deepEqual(read(`a: ${word}`), { a: null });
  assert.deepEqual(read('[10, -3, +4, 0x1F, 010, 08, tRUE]'), [10, -3, 4, 31, 8, '08', 'tRUE']);
});

test('integers beyond 32 bits and floats are strings', () => {
  assert.deepEqual(read('[2147483647, 2147483648, 0x100000000, 1.5, .inf, 99999999999999999999]'), [
    2147483647,
    '2147483648',
    '4294967296',
    '1.5',
    '.inf',
    '99999999999999999999',
  ]);
});

test('a quoted, literal or folded scalar is a string, a tag does not make it one', () => {
  assert.deepEqual(read('a: "5"\nb: \'true\'\nc: |\n  5\nd: ! 5\ne: !!str 5\nf: !x yes'), {
    a: '5',
    b: 'true',
    c: '5\n',
    d: '5',
    e: 5,
    f: true,
  });
});

test('keys are their text', () => {
  assert.deepEqual(read('010: a\nyes: b\n5: c'), { '5': 'c', '010': 'a', yes: 'b' });
});

test('a later key wins, a merge key is an ordinary one', () => {
  assert.deepEqual(read('a: 1\na: 2\n<<: {b: 3}'), { a: 2, '<<': { b: 3 } });
});

test('a key tagged !ignore is left out though its anchors serve', () => {
  assert.deepEqual(read('!ignore x: &x {id: a}\nnode: *x'), { node: { id: 'a' } });
});

test('of several documents the first counts', () => {
  assert.deepEqual(read('a: 1\n---\na: 2'), { a: 1 });
  assert.equal(parseYaml(''), null);
});

test('a key named __proto__ is a key', () => {
  assert.deepEqual(Object.keys(parseYaml('__proto__: {a: 1}') as object), ['__proto__']);
});
