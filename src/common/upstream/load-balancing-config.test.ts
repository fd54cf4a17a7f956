import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policy } from '../../../test/harness/balancing.ts';
import { ClusterReader } from '../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();

test('policies that are not there yet are refused by name', () => {
  const expected: readonly [object, RegExp][] = [
    [{ lbPolicy: 'LOAD_BALANCING_POLICY_CONFIG' }, /field load_balancing_policy need to be set/],
    [policy('subset.v3.Subset'), /didn't find a registered load balancer factory implementation for cluster: 'c'/],
  ];
  for (const [json, message] of expected) {
    assert.throws(() => reader.config(reader.message({ name: 'c', ...json })), message);
  }
});
