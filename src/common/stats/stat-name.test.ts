import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PrefixedStats } from './prefixed-stats.ts';
import { joinStatNames, sanitizeStatName } from './stat-name.ts';
import { createStatsMemory } from './stats-memory.ts';
import { StatsStore } from './stats-store.ts';

test('a name of a scope has no dots at its ends, and neither colons nor NUL', () => {
  assert.equal(sanitizeStatName('.a:b://c:/d\0e..'), 'a_b_c_d_e');
});

test('a name of parts keeps colons, and loses dots at the ends of parts, empty parts and NUL', () => {
  assert.equal(joinStatNames('vhost', 'a:b..', '', 'r\0\0'), 'vhost.a:b.r__');
});

test('what a prefix names has its colons and one dot before the name', () => {
  const scope = new StatsStore(createStatsMemory()).createScope();
  const names = ['p:q', 'p:q.', '', 'n\0'].map((prefix) => new PrefixedStats(scope, prefix).counter('c').name);
  assert.deepEqual(names, ['p:q.c', 'p:q.c', 'c', 'n_.c']);
});
