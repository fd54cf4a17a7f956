import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Host, LoadBalancerContext } from '../../../../sdk/upstream.ts';
import { A, B, balance, C, policy } from '../../../../test/harness/balancing.ts';
import { LayeredRuntimeSnapshot } from '../../../common/runtime/runtime-snapshot.ts';
import { SeededRandom } from '../../../event/random.ts';

describe('ROUND_ROBIN', () => {
  for (const json of [{}, { lbPolicy: 'ROUND_ROBIN' }, policy('round_robin.v3.RoundRobin')]) {
    test(`goes round, ${JSON.stringify(Object.keys(json))}`, () => {
      const { count } = balance(json, [{ address: A }, { address: B }, { address: C }]);
      assert.deepEqual(count(9), { [A]: 3, [B]: 3, [C]: 3 });
    });
  }

  test('follows weights', () => {
    const { count } = balance({}, [
      { address: A, weight: 1 },
      { address: B, weight: 3 },
    ]);
    assert.deepEqual(count(40), { [A]: 10, [B]: 30 });
  });

  test('leaves unhealthy hosts out, and takes all of them in panic', () => {
    const { world, count } = balance({}, [{ address: A }, { address: B, health: 'Unhealthy' }, { address: C }]);
    assert.deepEqual(count(4), { [A]: 2, [C]: 2 });
    world.setHosts('c', [{ address: A }, { address: B, health: 'Unhealthy' }, { address: C, health: 'Unhealthy' }]);
    assert.deepEqual(count(3), { [A]: 1, [B]: 1, [C]: 1 });
    assert.equal(world.counter('cluster.c.lb_healthy_panic'), 3);
  });

  test('a threshold of 0 never panics', () => {
    const { pick, world } = balance({ commonLbConfig: { healthyPanicThreshold: { value: 0 } } }, [
      { address: A, health: 'Unhealthy' },
    ]);
    assert.equal(pick(), undefined);
    assert.equal(world.counter('cluster.c.lb_healthy_panic'), 0);
  });

  test('the runtime may move the threshold', () => {
    const { world, count } = balance({}, [{ address: A }, { address: B, health: 'Unhealthy' }]);
    assert.deepEqual(count(4), { [A]: 4 });
    const values = new Map([['upstream.healthy_panic_threshold', 60]]);
    world.runtime.snapshot = new LayeredRuntimeSnapshot([{ name: 'test', values }], new SeededRandom(1));
    assert.deepEqual(count(4), { [A]: 2, [B]: 2 });
  });

  test('chooses no host in panic where that is configured, without zones too', () => {
    const fail = { commonLbConfig: { zoneAwareLbConfig: { failTrafficOnPanic: true } } };
    const { pick, world } = balance(fail, [{ address: A }, { address: B, health: 'Unhealthy' }]);
    assert.equal(pick(), A);
    world.setHosts('c', [
      { address: A, health: 'Unhealthy' },
      { address: B, health: 'Unhealthy' },
    ]);
    assert.equal(pick(), undefined);
    assert.equal(world.counter('cluster.c.lb_healthy_panic'), 1);
  });

  test('spills to the next priority', () => {
    const { count } = balance({}, [{ address: A }, { address: B, health: 'Unhealthy' }, { address: C, priority: 1 }]);
    const counts = count(1000);
    assert.equal(counts[B], undefined);
    assert.ok((counts[A] ?? 0) > 640 && (counts[A] ?? 0) < 760, `${counts[A]} of 1000 in the first priority`);
  });

  test('asks again for a host that a retry does not want, as often as it may', () => {
    const { pick } = balance({}, [{ address: A }, { address: B }]);
    const context = {
      hostSelectionRetryCount: 3,
      shouldSelectAnotherHost: (host: Host) => host.address.asString === A,
    } as unknown as LoadBalancerContext;
    for (let i = 0; i < 5; i++) assert.equal(pick(context), B);
  });

  test('slow start gives a new host little at first and its share in the end', () => {
    const slowStart = { roundRobinLbConfig: { slowStartConfig: { slowStartWindow: '10s' } } };
    const old = { address: A, id: 1 };
    const { world, count } = balance(slowStart, [old]);
    world.time.advance(20_000);
    world.setHosts('c', [old, { address: B, id: 2 }]);
    assert.ok((count(100)[B] ?? 0) < 20);
    world.time.advance(20_000);
    world.setHosts('c', [old, { address: B, id: 2 }]);
    assert.deepEqual(count(10), { [A]: 5, [B]: 5 });
  });
});
