import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ClusterWorld, strict } from '../../../../test/harness/cluster-world.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();
let world: ClusterWorld;

beforeEach(() => {
  world = new ClusterWorld(reader);
});

describe('STRICT_DNS', () => {
  test('every address is a host; one that stays keeps its id', () => {
    world.dns.set('a.example', ['1.1.1.1', '1.1.1.2', '1.1.1.1']);
    world.add(strict({}, 'a.example:80'));
    world.initialize();
    world.time.runUntilIdle();
    assert.deepEqual(world.hostTexts('d'), ['1.1.1.1:80', '1.1.1.2:80']);
    const ids = world.hosts.get('d')?.priorities[0]?.hosts.map(({ id }) => id);
    world.dns.set('a.example', ['1.1.1.2', '1.1.1.3']);
    world.time.advance(5000);
    assert.deepEqual(world.hostTexts('d'), ['1.1.1.2:80', '1.1.1.3:80']);
    assert.equal(world.hosts.get('d')?.priorities[0]?.hosts[0]?.id, ids?.[1]);
    assert.equal(world.scope.counter('cluster_manager.cluster_updated').value, 1);
    assert.equal(world.scope.counter('cluster.d.update_success').value, 2);
    assert.equal(world.scope.gauge('cluster.d.max_host_weight').value, 1);
    world.time.advance(5000);
    assert.equal(world.scope.counter('cluster.d.update_no_rebuild').value, 1);
    assert.equal(world.scope.counter('cluster.d.default.total_match_count').value, 6);
    assert.equal(world.hosts.get('d')?.priorities[0]?.hosts[0]?.hostname, 'a.example');
  });

  test('a name without addresses loses its hosts, a failure keeps them', () => {
    world.dns.set('a.example', ['1.1.1.1']);
    world.add(strict({}, 'a.example:80'));
    world.initialize();
    world.time.runUntilIdle();
    world.dns.fail('a.example', 'ETIMEOUT');
    world.time.advance(5000);
    assert.deepEqual(world.hostTexts('d'), ['1.1.1.1:80']);
    world.dns.set('a.example', []);
    world.time.advance(5000);
    assert.deepEqual(world.hostTexts('d'), []);
  });

  test('asks again after the TTL when it is to be respected, else after the refresh rate', () => {
    world.dns.set('a.example', ['1.1.1.1'], 60);
    world.dns.set('b.example', ['1.1.1.1'], 60);
    world.add(strict({ respectDnsTtl: true }, 'a.example:80'));
    world.add({ ...strict({ dnsRefreshRate: '20s' }, 'b.example:80'), name: 'e' });
    world.initialize();
    world.time.advance(59_999);
    assert.deepEqual(world.dns.queries, ['a.example', 'b.example', 'b.example', 'b.example']);
    world.time.advance(1);
    assert.deepEqual(world.dns.queries.slice(4).sort(), ['a.example', 'b.example']);
  });

  test('dns_jitter puts each refresh off by chance', () => {
    world.dns.set('a.example', ['1.1.1.1']);
    world.add(strict({ dnsRefreshRate: '10s', dnsJitter: '10s' }, 'a.example:80'));
    world.initialize();
    world.time.advance(400_000);
    const { length } = world.dns.queries;
    assert.ok(length > 21 && length < 40, `${length} queries in 400 s`);
  });

  test('failures are tried again within a growing interval', () => {
    world.dns.fail('a.example', 'ESERVFAIL');
    const rate = { dnsRefreshRate: '1000s', dnsFailureRefreshRate: { baseInterval: '1s', maxInterval: '4s' } };
    world.add(strict(rate, 'a.example:80'));
    world.initialize();
    world.time.advance(20_000);
    const { length } = world.dns.queries;
    assert.ok(length >= 6 && length <= 18, `${length} queries in 20 s`);
  });
});
