import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../event/random.ts';
import { inNameOrder } from './name-order.ts';
import { type NamedStat, StatIndex } from './stat-index.ts';

function stat(name: string): NamedStat {
  const dot = name.lastIndexOf('.') + 1;
  return { prefix: name.slice(0, dot), suffix: name.slice(dot) };
}

function indexOf(names: Iterable<string>): StatIndex<NamedStat> {
  const index = new StatIndex<NamedStat>();
  for (const name of names) index.add(stat(name));
  return index;
}

function ordered(...indexes: readonly StatIndex<NamedStat>[]): string[] {
  return [...inNameOrder(indexes.map((index) => index.nodes()))].flatMap((found) => found?.name ?? []);
}

test('names lie within each other, and beside characters that come before the dot', () => {
  const names = ['a', 'a.b', 'a.c', 'a.b.z', 'a.b-x', 'a.b-x.y', 'a-b.c', 'b', 'a.b.c.d', 'a.b0', 'a.ba.x'];
  assert.deepEqual(ordered(indexOf(names)), [...names].sort());
  assert.deepEqual(ordered(indexOf([])), []);
});

test('whatever the names are, the order is that of sorting them', () => {
  const random = new SeededRandom(7);
  const letters = 'ab.-_0.';
  const word = (): string => {
    const length = 1 + (random.random() % 12);
    return Array.from({ length }, () => letters[random.random() % letters.length]).join('');
  };
  for (let round = 0; round < 20; round++) {
    const names = [...new Set(Array.from({ length: 300 }, word))];
    const [some, rest] = [names.slice(0, 100), names.slice(100)];
    assert.deepEqual(ordered(indexOf(some), indexOf(rest)), [...names].sort());
  }
});

test('only what is wanted comes, with pauses while it is looked for', () => {
  const index = indexOf(Array.from({ length: 5000 }, (_, i) => `n${i}.x`));
  const found = [...inNameOrder([index.nodes()], (name) => name === 'n7.x')];
  assert.deepEqual(
    found.filter((one) => one !== undefined).map(({ name }) => name),
    ['n7.x'],
  );
  assert.ok(found.length > 5);
});
