import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OwningScope } from './owning-scope.ts';
import { createStatsMemory } from './stats-memory.ts';
import { StatsStore } from './stats-store.ts';

const root = () => new StatsStore(createStatsMemory()).createScope();

test('what is named below a scope goes with it; what others hold stays', () => {
  const all = root();
  const owner = new OwningScope(all.scope(''));
  const http = owner.scope('http.in');
  http.counter('rq').inc();
  http.scope('user_agent').gauge('active').set(1);
  owner.counter('own').inc();
  owner.scope('http.shared').counter('rq').inc();
  all.scope('http.shared').counter('rq');
  owner[Symbol.dispose]();
  const values = ['http.in.rq', 'own', 'http.shared.rq'].map((name) => all.counter(name).value);
  assert.deepEqual(values, [0, 0, 1]);
  assert.equal(all.gauge('http.in.user_agent.active').value, 0);
});

test('a scope that has ended before its owner ends once', () => {
  const all = root();
  const owner = new OwningScope(all.scope('a'));
  const child = owner.scope('b');
  child.counter('c').inc();
  child[Symbol.dispose]();
  all.counter('a.b.c').inc();
  owner[Symbol.dispose]();
  assert.equal(all.counter('a.b.c').value, 1);
});
