import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, balance } from '../../../../test/harness/balancing.ts';
import { clusterProblems } from '../../../../test/harness/cluster-problems.ts';
import { ClusterReader } from '../../../../test/harness/upstream-world.ts';

test('the table is shared out by weight', () => {
  const { world } = balance({ lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize: '7' } }, [
    { address: A },
    { address: B, weight: 2 },
  ]);
  const figures = ['min', 'max'].map((name) => world.gauge(`cluster.c.maglev_lb.${name}_entries_per_host`));
  assert.deepEqual(figures, [3, 4]);
});

test('a host alone counts as one entry, as in Envoy', () => {
  const { world } = balance({ lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize: '7' } }, [{ address: A }]);
  const figures = ['min', 'max'].map((name) => world.gauge(`cluster.c.maglev_lb.${name}_entries_per_host`));
  assert.deepEqual(figures, [1, 1]);
});

test('a table whose size is no prime is refused', () => {
  const reader = new ClusterReader();
  const problems = (tableSize: string) =>
    clusterProblems(reader, { lbPolicy: 'MAGLEV', maglevLbConfig: { tableSize } });
  for (const size of ['1', '4', '65535']) {
    assert.deepEqual(problems(size), ['The table size of maglev must be prime number']);
  }
  for (const size of ['2', '3', '65537']) assert.deepEqual(problems(size), []);
});
