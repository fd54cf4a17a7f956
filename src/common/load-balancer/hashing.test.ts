import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Host, LoadBalancerContext } from '../../../sdk/upstream.ts';
import { A, B, balance, C, policy } from '../../../test/harness/balancing.ts';

const hosts = [{ address: A }, { address: B }, { address: C }];
const RING = { lbPolicy: 'RING_HASH' };
const MAGLEV = { lbPolicy: 'MAGLEV' };

function hashing(hash: bigint | undefined, rest: Partial<LoadBalancerContext> = {}): LoadBalancerContext {
  const context = { computeHashKey: () => hash, hostSelectionRetryCount: 0, shouldSelectAnotherHost: () => false };
  return { ...context, ...rest } as LoadBalancerContext;
}

const hashes = Array.from({ length: 300 }, (_, i) => BigInt.asUintN(64, BigInt(i) * 0x9e37_79b9_7f4a_7c15n));

for (const [name, json] of Object.entries({ RING, MAGLEV })) {
  test(`${name}: what hashes alike goes to the same host, and most of it still does when a host has gone`, () => {
    const { pick, world } = balance(json, hosts);
    const before = hashes.map((hash) => pick(hashing(hash)));
    assert.deepEqual(
      hashes.map((hash) => pick(hashing(hash))),
      before,
    );
    for (const address of [A, B, C]) {
      const share = before.filter((each) => each === address).length;
      assert.ok(share > 60 && share < 140, `${share} of 300`);
    }
    world.setHosts('c', [{ address: A }, { address: B }]);
    const after = hashes.map((hash) => pick(hashing(hash)));
    const moved = after.filter((address, i) => before[i] !== C && before[i] !== address).length;
    assert.ok(moved < 60, `${moved} moved`);
  });

  test(`${name}: hosts have shares by their weights, the unhealthy none unless there is panic`, () => {
    const { pick, world } = balance(json, [
      { address: A, weight: 1 },
      { address: B, weight: 3 },
    ]);
    const countOf = (address: string) => hashes.filter((hash) => pick(hashing(hash)) === address).length;
    assert.ok(countOf(B) > 190 && countOf(B) < 260, String(countOf(B)));
    world.setHosts('c', [{ address: A }, { address: B }, { address: C, health: 'Unhealthy' }]);
    assert.equal(countOf(C), 0);
    const sick = [A, B, C].map((address) => ({ address, health: 'Unhealthy' as const }));
    world.setHosts('c', sick);
    assert.ok(countOf(C) > 60);
    assert.ok(world.counter('cluster.c.lb_healthy_panic') > 0);
  });

  test(`${name}: a host that a retry does not want is passed over; without a hash any host is chosen`, () => {
    const { pick } = balance(json, hosts);
    const first = pick(hashing(7n));
    const shouldSelectAnotherHost = (host: Host) => host.address.asString === first;
    assert.notEqual(pick(hashing(7n, { hostSelectionRetryCount: 10, shouldSelectAnotherHost })), first);
    assert.equal(new Set(Array.from({ length: 60 }, () => pick(hashing(undefined)))).size, 3);
  });
}

test('a host with more than its share of the load passes requests on, always to the same ones', () => {
  const commonLbConfig = { consistentHashingLbConfig: { hashBalanceFactor: 100 } };
  const { pick, cluster } = balance({ ...RING, commonLbConfig }, hosts);
  const first = pick(hashing(7n));
  const busy = cluster.hostSets[0]?.hosts.find(({ address }) => address.asString === first);
  if (busy !== undefined) busy.stats.rqActive = 5;
  const second = pick(hashing(7n));
  assert.notEqual(second, first);
  assert.equal(pick(hashing(7n)), second);
});

test('localities have shares by their weights', () => {
  const { pick } = balance(policy('maglev.v3.Maglev', { localityWeightedLbConfig: {} }), [
    { address: A, zone: 'a', localityWeight: 0 },
    { address: B, zone: 'b', localityWeight: 1 },
    { address: C, zone: 'c', localityWeight: 3 },
  ]);
  const counts = new Map<string | undefined, number>();
  for (const hash of hashes) counts.set(pick(hashing(hash)), (counts.get(pick(hashing(hash))) ?? 0) + 1);
  assert.deepEqual([...counts.keys()].sort(), [B, C]);
  assert.ok((counts.get(C) ?? 0) > 190);
});
