import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, balance } from '../../../../test/harness/balancing.ts';

test('RANDOM draws every host equally often, whatever its weight', () => {
  const { count } = balance({ lbPolicy: 'RANDOM' }, [
    { address: A, weight: 9 },
    { address: B, weight: 1 },
  ]);
  const counts = count(1000);
  assert.ok((counts[A] ?? 0) > 430 && (counts[A] ?? 0) < 570);
});
