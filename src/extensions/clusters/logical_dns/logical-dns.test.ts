import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ClusterWorld, strict } from '../../../../test/harness/cluster-world.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();
let world: ClusterWorld;

beforeEach(() => {
  world = new ClusterWorld(reader);
});

test('LOGICAL_DNS has one host, at the first address; at another address it is another', () => {
  world.dns.set('a.example', ['1.1.1.1', '1.1.1.2']);
  world.add(strict({ type: 'LOGICAL_DNS' }, 'a.example:80'));
  world.initialize();
  world.time.runUntilIdle();
  assert.deepEqual(world.hostTexts('d'), ['1.1.1.1:80']);
  const id = world.hosts.get('d')?.priorities[0]?.hosts[0]?.id;
  assert.equal(world.hosts.get('d')?.priorities[0]?.hosts[0]?.hostname, 'a.example');
  world.dns.set('a.example', ['1.1.1.2']);
  world.time.advance(5000);
  assert.deepEqual(world.hostTexts('d'), ['1.1.1.2:80']);
  assert.notEqual(world.hosts.get('d')?.priorities[0]?.hosts[0]?.id, id);
  assert.equal(world.scope.counter('cluster.d.membership_change').value, 2);
  assert.equal(world.scope.counter('cluster.d.update_no_rebuild').value, 0);
  world.dns.set('a.example', ['1.1.1.2', '1.1.1.1']);
  world.time.advance(5000);
  assert.equal(world.scope.counter('cluster.d.membership_change').value, 3, 'all addresses count');
  const host = world.hosts.get('d')?.priorities[0]?.hosts[0];
  assert.deepEqual(host?.otherAddresses, [{ kind: 'ip', ip: '1.1.1.1', port: 80 }]);
});

test('LOGICAL_DNS: a name without addresses could not be resolved; the host stays', () => {
  world.dns.set('a.example', ['1.1.1.1']);
  world.add(strict({ type: 'LOGICAL_DNS' }, 'a.example:80'));
  world.initialize();
  world.time.runUntilIdle();
  world.dns.set('a.example', []);
  world.time.advance(5000);
  assert.deepEqual(world.hostTexts('d'), ['1.1.1.1:80']);
  assert.equal(world.scope.counter('cluster.d.update_failure').value, 1);
  assert.equal(world.scope.counter('cluster.d.update_success').value, 1);
  world.dns.set('a.example', ['1.1.1.1']);
  world.time.advance(5000);
  assert.equal(world.scope.counter('cluster.d.update_no_rebuild').value, 1);
  assert.equal(world.scope.counter('cluster.d.default.total_match_count').value, 2);
});

test('the TTL of the first address counts for LOGICAL_DNS, the shortest one for STRICT_DNS', () => {
  world.dns.set('a.example', ['1.1.1.1', '1.1.1.2'], [50, 20]);
  world.dns.set('b.example', ['1.1.1.1', '1.1.1.2'], [50, 20]);
  world.add(strict({ type: 'LOGICAL_DNS', respectDnsTtl: true }, 'a.example:80'));
  world.add({ ...strict({ respectDnsTtl: true }, 'b.example:80'), name: 'e' });
  world.initialize();
  world.time.advance(49_999);
  assert.deepEqual(world.dns.queries, ['a.example', 'b.example', 'b.example', 'b.example']);
  world.time.advance(1);
  assert.deepEqual(world.dns.queries.slice(4), ['a.example']);
});
