import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LazyItems } from '../../common/proto/lazy-items.ts';
import type { JsonObject } from './admin-context.ts';
import { printJson } from './proto-json.ts';

const numbers = Array.from({ length: 50_000 }, (_, n) => ({
  n,
  text: `<${n}>`,
  none: undefined,
  deep: { list: [n, []] },
}));

test('what is made as it is printed prints as what stands there', () => {
  const around = (list: unknown): JsonObject =>
    ({ a: 'x\ny', absent: undefined, b: { list, empty: {} }, c: [[], [{ list }], 'é'], d: null }) as JsonObject;
  const whole = JSON.stringify(around(numbers), null, 1).replaceAll('<', '\\u003c').replaceAll('>', '\\u003e');
  const lazy = (): LazyItems<unknown> => LazyItems.of(numbers, (item) => item);
  const chunks = [...printJson({ ...around(lazy()), c: [[], [{ list: lazy() }], 'é'] } as JsonObject)];
  assert.equal(chunks.join(''), `${whole}\n`);
  assert.ok(chunks.length > 10);
  assert.ok(chunks.every(({ length }) => length < 200_000));
});

test('items are not made before they are printed', () => {
  let made = 0;
  const items = LazyItems.of(numbers, (item) => {
    made++;
    return item;
  });
  const chunks = printJson({ items: items as LazyItems<JsonObject> })[Symbol.iterator]();
  assert.equal(made, 0);
  chunks.next();
  assert.ok(made > 0 && made < 2000);
});

test('a list without items, and what is left of one', () => {
  assert.equal(LazyItems.ofSome([]), undefined);
  assert.deepEqual([...(LazyItems.ofSome([1, 2, 3]) ?? [])], [1, 2, 3]);
  assert.equal([...printJson({ none: new LazyItems([]) })].join(''), '{\n "none": []\n}\n');
});
