import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { LoadBalancerContext } from '../../../sdk/upstream.ts';
import { A, B, balance, C } from '../../../test/harness/balancing.ts';
import { clusterProblems } from '../../../test/harness/cluster-problems.ts';
import { ClusterReader } from '../../../test/harness/upstream-world.ts';

const hostsOf = (...lists: readonly (readonly [string, object])[]) =>
  lists.map(([address, lb]) => ({ address, metadata: new Map([['envoy.lb', lb as Struct]]) }));
const three = hostsOf([A, { v: '1', stage: 'prod' }], [B, { v: '2', stage: 'prod' }], [C, { v: ['1', '3'] }]);
const subsets = (fields: object) => ({ lbSubsetConfig: { subsetSelectors: [{ keys: ['v'] }], ...fields } });

function asking(criteria: Record<string, unknown>): LoadBalancerContext {
  const metadataMatch = new Map(Object.entries(criteria));
  return { metadataMatch, hostSelectionRetryCount: 0, shouldSelectAnotherHost: () => false } as never;
}

function reached(json: object, criteria: Record<string, unknown>): string[] {
  const { pick } = balance(json, three);
  return [...new Set(Array.from({ length: 12 }, () => pick(asking(criteria)) ?? 'none'))].sort();
}

test('a request reaches the hosts that have what it asks for, whole', () => {
  assert.deepEqual(reached(subsets({}), { v: '1' }), [A]);
  assert.deepEqual(reached(subsets({ listAsAny: true }), { v: '1' }), [A, C]);
  assert.deepEqual(reached(subsets({}), { v: '4' }), ['none']);
  assert.deepEqual(reached(subsets({}), { v: '1', stage: 'prod' }), ['none'], 'no selector has both keys');
  const both = subsets({ subsetSelectors: [{ keys: ['stage', 'v'] }] });
  assert.deepEqual(reached(both, { v: '1', stage: 'prod' }), [A]);
});

test('what no subset has falls back, as the selector says before the cluster', () => {
  assert.deepEqual(reached(subsets({ fallbackPolicy: 'ANY_ENDPOINT' }), { v: '4' }), [A, B, C]);
  const defaults = { fallbackPolicy: 'DEFAULT_SUBSET', defaultSubset: { stage: 'prod' } };
  assert.deepEqual(reached(subsets(defaults), { v: '4' }), [A, B]);
  const none = { ...defaults, subsetSelectors: [{ keys: ['v'], fallbackPolicy: 'NO_FALLBACK' }] };
  assert.deepEqual(reached(subsets(none), { v: '4' }), ['none']);
  const keys = {
    subsetSelectors: [
      { keys: ['v', 'stage'], fallbackPolicy: 'KEYS_SUBSET', fallbackKeysSubset: ['stage'] },
      { keys: ['stage'] },
    ],
  };
  assert.deepEqual(reached(subsets(keys), { v: '4', stage: 'prod' }), [A, B]);
  const panic = { fallbackPolicy: 'DEFAULT_SUBSET', defaultSubset: { stage: 'none' }, panicModeAny: true };
  assert.deepEqual(reached(subsets(panic), { v: '4' }), [A, B, C]);
});

test('subsets come and go with their hosts, and are counted', () => {
  const { world, pick } = balance(subsets({}), three);
  const counts = () =>
    ['active', 'created', 'removed'].map((name) => {
      const full = `cluster.c.lb_subsets_${name}`;
      return name === 'active' ? world.gauge(full) : world.counter(full);
    });
  assert.deepEqual(counts(), [6, 6, 0]);
  world.setHosts('c', three.slice(1));
  assert.deepEqual(counts(), [4, 6, 2]);
  assert.equal(pick(asking({ v: '1' })), undefined);
  world.setHosts('c', three);
  assert.deepEqual(counts(), [6, 8, 2]);
  assert.equal(pick(asking({ v: '1' })), A);
});

test('keys to fall back to are some of the selector’s, not all', () => {
  const problems = (fallbackKeysSubset: readonly string[]) => {
    const subsetSelectors = [{ keys: ['a', 'b'], fallbackPolicy: 'KEYS_SUBSET', fallbackKeysSubset }];
    return clusterProblems(new ClusterReader(), { lbSubsetConfig: { subsetSelectors } });
  };
  assert.deepEqual(problems([]), ['fallback_keys_subset cannot be empty']);
  assert.deepEqual(problems(['c']), ['fallback_keys_subset must be a subset of selector keys']);
  assert.deepEqual(problems(['b', 'a']), ['fallback_keys_subset cannot be equal to keys']);
  assert.deepEqual(problems(['a']), []);
});
