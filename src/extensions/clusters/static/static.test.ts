import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { assignment, ClusterWorld } from '../../../../test/harness/cluster-world.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();
let world: ClusterWorld;

beforeEach(() => {
  world = new ClusterWorld(reader);
});

test('hosts are what the configuration lists, by priority, the same address twice as two hosts', () => {
  const group = { priority: 1, lbEndpoints: [{ endpoint: { address: { pipe: { path: '/x.sock' } } } }] };
  const { endpoints } = assignment('1.1.1.1:80', '0:0:0:0:0:0:0:1:80', '1.1.1.1:80') as { endpoints: object[] };
  world.add({ name: 'c', loadAssignment: { clusterName: 'c', endpoints: [...endpoints, group] } });
  assert.equal(world.initialize()(), true);
  assert.equal(world.hosts.get('c')?.priorities.length, 2);
  assert.deepEqual(world.hostTexts('c'), ['1.1.1.1:80', '::1:80', '1.1.1.1:80', '/x.sock']);
  assert.equal(new Set(world.hostIds('c')).size, 4);
});
