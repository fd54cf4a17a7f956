import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, balance } from '../../../../test/harness/balancing.ts';
import { clusterProblems } from '../../../../test/harness/cluster-problems.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

test('the ring has whole numbers of places for the lightest host, within its limits', () => {
  const figures = (ringHashLbConfig: object, weight = 1) => {
    const { world } = balance({ lbPolicy: 'RING_HASH', ringHashLbConfig }, [{ address: A }, { address: B, weight }]);
    return ['size', 'min_hashes_per_host', 'max_hashes_per_host'].map((name) =>
      world.gauge(`cluster.c.ring_hash_lb.${name}`),
    );
  };
  assert.deepEqual(figures({}), [1024, 512, 512]);
  assert.deepEqual(figures({ minimumRingSize: '7' }, 2), [9, 3, 6]);
  assert.deepEqual(figures({ minimumRingSize: '3', maximumRingSize: '3' }), [3, 1, 2]);
});

test('a minimum above the maximum is refused', () => {
  const ringHashLbConfig = { minimumRingSize: '10', maximumRingSize: '5' };
  assert.deepEqual(clusterProblems(new ClusterReader(), { lbPolicy: 'RING_HASH', ringHashLbConfig }), [
    'ring hash: minimum_ring_size (10) > maximum_ring_size (5)',
  ]);
});
