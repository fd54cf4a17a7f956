import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../event/random.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { DrainManager, type DrainOptions } from './drain-manager.ts';

function setup(options: Partial<DrainOptions> = {}) {
  const time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('worker_0', time, new SeededRandom(7));
  const all: DrainOptions = { drainTimeMs: 10_000, strategy: 'gradual', healthCheckFailed: () => false, ...options };
  const make = (modifyOnly = false, parent?: DrainManager) => new DrainManager(dispatcher, all, modifyOnly, parent);
  return { time, make };
}

/** Of 10,000 draws, in percent. */
function share(manager: DrainManager): number {
  const draws = Array.from({ length: 10_000 }, () => manager.drainClose());
  return draws.filter((close) => close).length / 100;
}

test('the chance to close rises over the drain time, by whole seconds', () => {
  const { time, make } = setup();
  const manager = make();
  assert.equal(share(manager), 0);
  manager.startDrain();
  assert.equal(share(manager), 0);
  for (const [seconds, percent] of [
    [1, 10],
    [4, 50],
    [4.5, 100],
  ] as const) {
    time.advance(seconds * 1000);
    const found = share(manager);
    assert.ok(Math.abs(found - percent) < 2, `${found} % after ${time.monotonicTimeMs()} ms`);
  }
});

test('the immediate strategy and a drain time of 0 close at once', () => {
  for (const options of [{ strategy: 'immediate' as const }, { drainTimeMs: 0 }]) {
    const manager = setup(options).make();
    manager.startDrain();
    assert.equal(share(manager), 100);
  }
});

test('a failed health check drains, unless the listener drains on modification only', () => {
  const { make } = setup({ healthCheckFailed: () => true });
  assert.equal(share(make()), 100);
  assert.equal(share(make(true)), 0);
});

test('a chain drains with its listener', () => {
  const { make } = setup({ strategy: 'immediate' });
  const listener = make();
  const chain = make(false, listener);
  assert.equal(share(chain), 0);
  listener.startDrain();
  assert.equal(share(chain), 100);
  assert.equal(chain.started, false);
});
