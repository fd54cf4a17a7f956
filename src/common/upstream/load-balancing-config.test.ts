import assert from 'node:assert/strict';
import { test } from 'node:test';
import { policy } from '../../../test/harness/balancing.ts';
import { ClusterReader } from '../../../test/harness/upstream-world.ts';

const reader = new ClusterReader();

test('policies that are not there, or lack theirs, are refused', () => {
  const expected: readonly [object, RegExp][] = [
    [{ lbPolicy: 'LOAD_BALANCING_POLICY_CONFIG' }, /field load_balancing_policy need to be set/],
    [
      policy('wrr_locality.v3.WrrLocality'),
      /didn't find a registered load balancer factory implementation for cluster: 'c'/,
    ],
    [
      policy('subset.v3.Subset'),
      /didn't find a registered load balancer factory implementation for subset lb with names from \[\]/,
    ],
  ];
  for (const [json, message] of expected) {
    assert.throws(() => reader.config(reader.message({ name: 'c', ...json })), message);
  }
});
