import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Host, LoadBalancerContext } from '../../../sdk/upstream.ts';
import { ClusterReader, type FakeHost, UpstreamWorld } from '../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();

function balance(json: object, hosts: readonly FakeHost[]) {
  const world = new UpstreamWorld(reader);
  const cluster = world.addCluster({ name: 'c', ...json }, hosts);
  const pick = (context?: LoadBalancerContext) => cluster.loadBalancer.chooseHost(context)?.address.asString;
  const count = (draws: number): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < draws; i++) {
      const address = pick() ?? 'none';
      counts[address] = (counts[address] ?? 0) + 1;
    }
    return counts;
  };
  return { world, cluster, pick, count };
}

const [A, B, C] = ['10.0.0.1:80', '10.0.0.2:80', '10.0.0.3:80'] as const;

function policy(type: string, fields: object = {}): object {
  const typed = { '@type': `type.googleapis.com/envoy.extensions.load_balancing_policies.${type}`, ...fields };
  return { loadBalancingPolicy: { policies: [{ typedExtensionConfig: { name: 'x', typedConfig: typed } }] } };
}

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

describe('LEAST_REQUEST', () => {
  test('takes the less loaded of the drawn', () => {
    const { cluster, count } = balance({ lbPolicy: 'LEAST_REQUEST', leastRequestLbConfig: { choiceCount: 20 } }, [
      { address: A },
      { address: B },
    ]);
    const [busy] = cluster.hostSets[0]?.hosts ?? [];
    assert.ok(busy);
    busy.stats.rqActive = 5;
    assert.deepEqual(count(10), { [B]: 10 });
  });

  test('a full scan always finds the least loaded', () => {
    const json = policy('least_request.v3.LeastRequest', { selectionMethod: 'FULL_SCAN' });
    const { cluster, count } = balance(json, [{ address: A }, { address: B }, { address: C }]);
    for (const host of cluster.hostSets[0]?.hosts.slice(0, 2) ?? []) host.stats.rqActive = 1;
    assert.deepEqual(count(10), { [C]: 10 });
  });

  test('weights are divided by load', () => {
    const { cluster, count } = balance({ lbPolicy: 'LEAST_REQUEST' }, [
      { address: A, weight: 1 },
      { address: B, weight: 4 },
    ]);
    assert.deepEqual(count(10), { [A]: 2, [B]: 8 });
    for (const host of cluster.hostSets[0]?.hosts.slice(1) ?? []) host.stats.rqActive = 3;
    count(10);
    assert.deepEqual(count(10), { [A]: 5, [B]: 5 });
  });
});

test('RANDOM draws every host equally often, whatever its weight', () => {
  const { count } = balance({ lbPolicy: 'RANDOM' }, [
    { address: A, weight: 9 },
    { address: B, weight: 1 },
  ]);
  const counts = count(1000);
  assert.ok((counts[A] ?? 0) > 430 && (counts[A] ?? 0) < 570);
});

test('policies that are not there yet are refused by name', () => {
  const expected: readonly [object, RegExp][] = [
    [{ lbPolicy: 'MAGLEV' }, /lb_policy: lb_policy MAGLEV is not supported yet/],
    [{ lbSubsetConfig: { fallbackPolicy: 'ANY_ENDPOINT' } }, /lb_subset_config is not supported yet/],
    [{ lbPolicy: 'LOAD_BALANCING_POLICY_CONFIG' }, /field load_balancing_policy need to be set/],
    [policy('maglev.v3.Maglev'), /didn't find a registered load balancer factory implementation for cluster: 'c'/],
  ];
  for (const [json, message] of expected) {
    assert.throws(() => reader.config(reader.message({ name: 'c', ...json })), message);
  }
});
