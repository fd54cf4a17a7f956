import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isTaggedStatName, readTaggedStatName, taggedStatName } from './tagged-stat-name.ts';

test('a tagged name is told with its tags, whatever dots they have, and read again behind a prefix', () => {
  const text = `p.${taggedStatName('a.b', [
    { name: 't', value: '1.2' },
    { name: 'u.v', value: '' },
  ])}`;
  assert.ok(isTaggedStatName(text));
  assert.deepEqual(readTaggedStatName(text), {
    name: 'p.a.b.t.1.2.u.v.',
    extractedName: 'p.a.b',
    tags: [
      { name: 't', value: '1.2' },
      { name: 'u.v', value: '' },
    ],
  });
});

test('without tags a name still has tags of its own: none', () => {
  assert.deepEqual(readTaggedStatName(taggedStatName('a', [])), { name: 'a', extractedName: 'a', tags: [] });
});

test('a value cannot feign a tag', () => {
  const { tags } = readTaggedStatName(taggedStatName('a', [{ name: 't', value: 'x\0u\0y' }]));
  assert.deepEqual(tags, [{ name: 't', value: 'x_u_y' }]);
});
