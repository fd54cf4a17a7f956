import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { ClusterWorld } from '../../../../test/harness/cluster-world.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();
let world: ClusterWorld;

beforeEach(() => {
  world = new ClusterWorld(reader);
  world.add({ name: 'o', type: 'ORIGINAL_DST', lbPolicy: 'CLUSTER_PROVIDED', cleanupInterval: '2s' });
  world.initialize();
});

const found = (id: number, ip: string) => world.adopt('o', id, ip);

test('hosts of workers are everybody’s, and are forgotten when nobody has used them for an interval', () => {
  const busy = found(7, '10.0.0.1');
  found(8, '10.0.0.2');
  assert.deepEqual(world.hostIds('o'), [7, 8]);
  busy.cxActive = 1;
  world.time.advance(2000);
  assert.deepEqual(world.hostIds('o'), [7, 8], 'new ones stay for a first interval');
  world.time.advance(2000);
  assert.deepEqual(world.hostIds('o'), [7]);
  busy.cxActive = 0;
  busy.rqTotal = 1;
  world.time.advance(2000);
  assert.deepEqual(world.hostIds('o'), [7], 'it was used in between');
  world.time.advance(2000);
  assert.deepEqual(world.hostIds('o'), []);
});

test('hosts of one address stay together', () => {
  const one = found(7, '10.0.0.1');
  found(8, '10.0.0.1');
  one.cxActive = 1;
  world.time.advance(4000);
  assert.deepEqual(world.hostIds('o'), [7, 8]);
});

test('a host that a worker made is matched to a transport socket', () => {
  found(7, '10.0.0.1');
  assert.equal(world.scope.counter('cluster.o.default.total_match_count').value, 1);
});
