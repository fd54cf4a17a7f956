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

test('what a scope does not keep nobody sees, whoever else counts under that name', () => {
  const all = root();
  const owner = new OwningScope(all.scope('', (name) => name.startsWith('http.')));
  owner.scope('http.in').counter('rq').inc();
  owner.scope('listener.a').counter('cx').inc();
  all.counter('listener.a.cx').add(5);
  const again = owner.scope('listener.a').counter('cx');
  again.inc();
  owner.scope('listener.a').gauge('active').set(7);
  owner.scope('listener.a').histogram('ms', 'milliseconds').recordValue(1);
  assert.deepEqual([all.counter('http.in.rq').value, all.counter('listener.a.cx').value], [1, 5]);
  assert.equal(all.gauge('listener.a.active').value, 0);
  const own = owner.scope('listener.b', () => true);
  own.counter('cx').inc();
  assert.equal(all.counter('listener.b.cx').value, 1, 'a scope may say otherwise');
});
