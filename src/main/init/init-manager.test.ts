import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InitManager, type InitTarget } from './init-manager.ts';

class Gate implements InitTarget {
  readonly name: string;
  #ready = (): void => assert.fail('not initialized');
  constructor(name: string) {
    this.name = name;
  }
  initialize(ready: () => void): void {
    this.#ready = ready;
  }
  ready(): void {
    this.#ready();
  }
}
const gate = (name: string): Gate => new Gate(name);

test('the watcher is told once, when the last target is ready', () => {
  const manager = new InitManager('server');
  const [a, b] = [gate('a'), gate('b')];
  let done = 0;
  manager.add(a);
  manager.add(b);
  manager.initialize(() => done++);
  assert.deepEqual(manager.unready, { name: 'server', targetNames: ['a', 'b'] });
  b.ready();
  b.ready();
  assert.equal(done, 0);
  assert.deepEqual(manager.unready.targetNames, ['a']);
  a.ready();
  assert.equal(done, 1);
  assert.equal(manager.state, 'initialized');
});

test('without targets it is ready at once, also when each is ready while it is asked', () => {
  let done = 0;
  new InitManager('empty').initialize(() => done++);
  const eager = new InitManager('eager');
  for (const name of ['a', 'b']) eager.add({ name, initialize: (ready) => ready() });
  eager.initialize(() => done++);
  assert.equal(done, 2);
});

test('a target added meanwhile is waited for', () => {
  const manager = new InitManager('server');
  const [a, late] = [gate('a'), gate('late')];
  let done = 0;
  manager.add(a);
  manager.initialize(() => done++);
  manager.add(late);
  a.ready();
  assert.equal(done, 0);
  late.ready();
  assert.equal(done, 1);
  assert.throws(() => manager.add(gate('too late')), /too late/);
});

test('a cancelled watcher is not told', () => {
  const manager = new InitManager('server');
  const a = gate('a');
  manager.add(a);
  manager.initialize(() => assert.fail('told'));
  manager.cancel();
  a.ready();
  assert.equal(manager.state, 'initialized');
});
