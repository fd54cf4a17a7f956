import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { A, B, balance, C, policy } from '../../../../test/harness/balancing.ts';

describe('LEAST_REQUEST', () => {
  test('takes the less loaded of the drawn', () => {
    const { cluster, count } = balance({ lbPolicy: 'LEAST_REQUEST', leastRequestLbConfig: { choiceCount: 20 } }, [
      { address: A },
      { address: B },
    ]);
    const [busy] = cluster.hostSets[0]?.hosts ?? [];
    assert.ok(busy);
    busy.stats.rqActive = 5;
    assert.deepEqual(count(10), { [B]: 10 });
  });

  test('a full scan always finds the least loaded', () => {
    const json = policy('least_request.v3.LeastRequest', { selectionMethod: 'FULL_SCAN' });
    const { cluster, count } = balance(json, [{ address: A }, { address: B }, { address: C }]);
    for (const host of cluster.hostSets[0]?.hosts.slice(0, 2) ?? []) host.stats.rqActive = 1;
    assert.deepEqual(count(10), { [C]: 10 });
  });

  test('weights are divided by load', () => {
    const { cluster, count } = balance({ lbPolicy: 'LEAST_REQUEST' }, [
      { address: A, weight: 1 },
      { address: B, weight: 4 },
    ]);
    assert.deepEqual(count(10), { [A]: 2, [B]: 8 });
    for (const host of cluster.hostSets[0]?.hosts.slice(1) ?? []) host.stats.rqActive = 3;
    count(10);
    assert.deepEqual(count(10), { [A]: 5, [B]: 5 });
  });
});
