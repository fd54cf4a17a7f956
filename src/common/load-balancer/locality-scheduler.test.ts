import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { A, B, balance, C, policy } from '../../../test/harness/balancing.ts';
import type { FakeHost } from '../../../test/harness/upstream-world.ts';

const weighted = { commonLbConfig: { localityWeightedLbConfig: {} } };
const inPolicy = (type: string): object => policy(type, { localityLbConfig: { localityWeightedLbConfig: {} } });
const zones: readonly FakeHost[] = [
  { address: A, zone: 'x', localityWeight: 1 },
  { address: B, zone: 'y', localityWeight: 3 },
  { address: C, zone: 'y', localityWeight: 3 },
];

describe('locality_weighted_lb_config', () => {
  for (const json of [
    weighted,
    { ...weighted, lbPolicy: 'LEAST_REQUEST' },
    { ...weighted, lbPolicy: 'RANDOM' },
    inPolicy('round_robin.v3.RoundRobin'),
    inPolicy('least_request.v3.LeastRequest'),
    inPolicy('random.v3.Random'),
  ]) {
    test(`a zone gets its share, however many hosts it has: ${JSON.stringify(json).slice(0, 150)}`, () => {
      const counts = balance(json, zones).count(400);
      assert.deepEqual([counts[A], (counts[B] ?? 0) + (counts[C] ?? 0)], [100, 300]);
    });
  }

  test('without it the weights of zones mean nothing', () => {
    assert.deepEqual(balance({}, zones).count(300), { [A]: 100, [B]: 100, [C]: 100 });
  });

  test('a zone that loses hosts loses weight once overprovisioning does not make up for them', () => {
    const { count } = balance(weighted, [
      { address: A, zone: 'x', localityWeight: 70 },
      { address: B, zone: 'y', localityWeight: 100 },
      { address: C, zone: 'y', localityWeight: 100, health: 'Unhealthy' },
    ]);
    // y weighs 100 * min(1, 1.4 / 2) = 70.
    assert.deepEqual(count(100), { [A]: 50, [B]: 50 });
  });

  test('a zone without a weight gets nothing; when none has one, all hosts are alike', () => {
    const hosts = zones.map(({ localityWeight: _, ...host }) => host);
    assert.deepEqual(balance(weighted, hosts).count(300), { [A]: 100, [B]: 100, [C]: 100 });
    const some = [{ ...zones[0], localityWeight: 0 } as FakeHost, ...zones.slice(1)];
    assert.deepEqual(balance(weighted, some).count(100), { [B]: 50, [C]: 50 });
  });

  test('in panic all hosts are taken', () => {
    const hosts = zones.map((host) => ({ ...host, health: 'Unhealthy' as const }));
    assert.deepEqual(balance(weighted, hosts).count(300), { [A]: 100, [B]: 100, [C]: 100 });
  });
});

test('fail_traffic_on_panic stands in the policy too', () => {
  const json = policy('round_robin.v3.RoundRobin', {
    localityLbConfig: { zoneAwareLbConfig: { failTrafficOnPanic: true } },
  });
  assert.equal(balance(json, [{ address: A, health: 'Unhealthy' }]).pick(), undefined);
});
