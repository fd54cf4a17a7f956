import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ClusterReader, type FakeHost, UpstreamWorld } from '../../../test/harness/upstream-world.ts';
import { SeededRandom } from '../../event/random.ts';
import { LayeredRuntimeSnapshot } from '../runtime/runtime-snapshot.ts';

const reader = new ClusterReader();

/** So many hosts in each zone; we are in zone `a` (test/harness/upstream-world.ts). */
function zones(counts: Readonly<Record<string, number>>, more: Partial<FakeHost> = {}): FakeHost[] {
  let next = 1;
  return Object.entries(counts).flatMap(([zone, count]) =>
    Array.from({ length: count }, () => ({ address: `10.0.${zone.charCodeAt(0)}.${next++}:80`, zone, ...more })),
  );
}

function setUp(local: readonly FakeHost[], upstream: readonly FakeHost[], zoneAware: object = {}) {
  const world = new UpstreamWorld(reader);
  world.addCluster({ name: 'me' }, local);
  const json = { name: 'up', commonLbConfig: { zoneAwareLbConfig: { minClusterSize: '2', ...zoneAware } } };
  const cluster = world.addCluster(json, upstream);
  const draw = (times: number): Record<string, number> => {
    const counts: Record<string, number> = {};
    for (let i = 0; i < times; i++) {
      const zone = cluster.loadBalancer.chooseHost(undefined)?.locality.zone ?? 'none';
      counts[zone] = (counts[zone] ?? 0) + 1;
    }
    return counts;
  };
  const counter = (name: string) => world.counter(`cluster.up.lb_${name}`);
  return { world, draw, counter };
}

test('requests stay in our zone when its hosts carry its share', () => {
  const { draw, counter } = setUp(zones({ a: 2, b: 2 }), zones({ a: 2, b: 2 }));
  assert.deepEqual(draw(20), { a: 20 });
  assert.equal(counter('zone_routing_all_directly'), 20);
});

test('what our zone cannot carry goes to zones with capacity to spare, in proportion to it', () => {
  // Of us 75 % are in a, where 25 % of the hosts are: a third stays. b has 25 % to spare, c as much.
  const { draw, counter } = setUp(zones({ a: 3, b: 1 }), zones({ a: 2, b: 4, c: 2 }));
  const { a = 0, b = 0, c = 0 } = draw(3000);
  assert.ok(Math.abs(a - 1000) < 120, `${a} of 3000 stay`);
  assert.ok(Math.abs(b - c) < 180, `${b} go to b, ${c} to c`);
  assert.equal(counter('zone_routing_sampled'), a);
  assert.equal(counter('zone_routing_cross_zone'), b + c);
});

test('it all follows the hosts, upstream ones and ours', () => {
  const { world, draw } = setUp(zones({ a: 2, b: 2 }), zones({ a: 2, b: 2 }));
  world.setHosts('me', zones({ a: 2 }));
  assert.deepEqual(Object.keys(draw(20)).sort(), ['a', 'b']);
  world.setHosts('me', zones({ a: 2, b: 2 }));
  assert.deepEqual(draw(20), { a: 20 });
  world.setHosts('up', zones({ b: 2, c: 2 }));
  assert.deepEqual(draw(20), { c: 20 });
});

test('small clusters, and those of us that know nothing of us, have no zones', () => {
  const small = setUp(zones({ a: 2, b: 2 }), zones({ a: 2, b: 2 }), { minClusterSize: '5' });
  assert.deepEqual(small.draw(20), { a: 10, b: 10 });
  assert.ok(small.counter('zone_cluster_too_small') > 0);
  const unknown = setUp(zones({ b: 2, c: 2 }), zones({ a: 2, b: 2 }));
  assert.deepEqual(unknown.draw(20), { a: 10, b: 10 });
  assert.ok(unknown.counter('local_cluster_not_ok') > 0);
});

test('while we panic ourselves, all hosts serve, or none', () => {
  const local = zones({ a: 2, b: 2 }, { health: 'Unhealthy' });
  const serving = setUp(local, zones({ a: 2, b: 2 }));
  assert.deepEqual(serving.draw(20), { a: 10, b: 10 });
  assert.equal(serving.counter('local_cluster_not_ok'), 20);
  assert.deepEqual(setUp(local, zones({ a: 2, b: 2 }), { failTrafficOnPanic: true }).draw(20), { none: 20 });
});

test('runtime switches it off', () => {
  const { world, draw } = setUp(zones({ a: 2, b: 2 }), zones({ a: 2, b: 2 }));
  const layer = { name: 'test', values: new Map([['upstream.zone_routing.enabled', 0]]) };
  world.runtime.snapshot = new LayeredRuntimeSnapshot([layer], new SeededRandom(1));
  assert.deepEqual(draw(20), { a: 10, b: 10 });
});
