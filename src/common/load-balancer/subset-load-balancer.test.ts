import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Struct } from '../../../sdk/stream-info.ts';
import type { LoadBalancerContext } from '../../../sdk/upstream.ts';
import { A, B, balance, C, policy } from '../../../test/harness/balancing.ts';
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
  const vain = { lbSubsetConfig: { subsetSelectors: [{ keys: ['a', 'b'], fallbackKeysSubset: ['a'] }] } };
  assert.deepEqual(clusterProblems(new ClusterReader(), vain), [
    'fallback_keys_subset can be set only for KEYS_SUBSET fallback_policy',
  ]);
});

const inZones = hostsOf([A, { v: '1' }], [B, { v: '2' }], [C, { v: '1' }]).map((host, i) => ({
  ...host,
  zone: i < 2 ? 'a' : 'b',
  localityWeight: 1,
}));

function shares(hosts: readonly object[], fields: object): Record<string, number> {
  const json = { ...subsets(fields), commonLbConfig: { localityWeightedLbConfig: {} } };
  const { pick } = balance(json, hosts as never);
  const counts: Record<string, number> = {};
  for (let i = 0; i < 40; i++) {
    const host = pick(asking({ v: '1' })) ?? 'none';
    counts[host] = (counts[host] ?? 0) + 1;
  }
  return counts;
}

test('localities weigh nothing in a subset, as much as in the cluster, or as much as is left of them', () => {
  const heavy = inZones.map((host, i) => (i < 2 ? { ...host, localityWeight: 6 } : { ...host, localityWeight: 2 }));
  assert.deepEqual(shares(heavy, {}), { [A]: 20, [C]: 20 });
  assert.deepEqual(shares(heavy, { localityWeightAware: true }), { [A]: 30, [C]: 10 });
  assert.deepEqual(shares(heavy, { localityWeightAware: true, scaleLocalityWeight: true }), { [A]: 24, [C]: 16 });
});

test('hashing goes by what localities weigh in the subset, too', () => {
  const unweighted = inZones.map((host) => ({ ...host, localityWeight: host.zone === 'a' ? 0 : 1 }));
  const hashed = (fields: object) => {
    const json = { ...subsets(fields), lbPolicy: 'RING_HASH', commonLbConfig: { localityWeightedLbConfig: {} } };
    const { pick } = balance(json, unweighted);
    const ask = (hash: bigint) => ({ ...asking({ v: '1' }), computeHashKey: () => hash }) as never;
    return new Set(Array.from({ length: 40 }, (_, i) => pick(ask(BigInt(i) << 58n))));
  };
  assert.deepEqual([...hashed({})].sort(), [A, C]);
  assert.deepEqual([...hashed({ localityWeightAware: true })], [C]);
});

test('a subset of one host is the first one, whatever its health', () => {
  const hosts = hostsOf([A, { v: '1' }], [B, { v: '1' }], [C, { v: '2' }]);
  const single = subsets({ subsetSelectors: [{ keys: ['v'], singleHostPerSubset: true }, { keys: ['v'] }] });
  const { world, pick } = balance(single, hosts);
  const duplicates = () => world.gauge('cluster.c.lb_subsets_single_host_per_subset_duplicate');
  assert.equal(pick(asking({ v: '1' })), A);
  // The second selector counts each host again.
  assert.equal(duplicates(), 4);
  world.setHosts('c', [{ ...hosts[0], health: 'Unhealthy' } as never, ...hosts.slice(1)]);
  assert.equal(pick(asking({ v: '1' })), A);
  world.setHosts('c', hosts.slice(1));
  assert.equal(pick(asking({ v: '1' })), B);
  assert.equal(duplicates(), 2);
  world.setHosts('c', [{ ...hosts[1], priority: 1 } as never, { ...hosts[0], priority: 0 } as never]);
  assert.equal(pick(asking({ v: '1' })), A, 'the first priority comes first');
  world.setHosts('c', []);
  assert.equal(pick(asking({ v: '1' })), undefined);
});

test('a list of wishes is tried one by one in place of what else is asked for', () => {
  const listed = subsets({ metadataFallbackPolicy: 'FALLBACK_LIST' });
  const wish = (...list: readonly unknown[]) => ({ v: '9', fallback_list: list });
  assert.deepEqual(reached(listed, wish({ v: '8' }, { v: '2' }, { v: '1' })), [B]);
  assert.deepEqual(reached(listed, wish()), ['none']);
  assert.deepEqual(reached(listed, { v: '2', fallback_list: 'no list' }), [B]);
  assert.deepEqual(reached(listed, { v: '2', fallback_list: [3] }), [B], 'what is no object adds nothing');
  assert.deepEqual(reached(subsets({}), wish({ v: '2' })), ['none'], 'a key like any other');
});

const child = { policies: [{ typedExtensionConfig: { name: 'y', typedConfig: typeOf('random.v3.Random') } }] };
function typeOf(name: string): object {
  return { '@type': `type.googleapis.com/envoy.extensions.load_balancing_policies.${name}` };
}

test('the policy `subset` says it all itself, and may take a part of what is asked for', () => {
  const fields = { subsetSelectors: [{ keys: ['v', 'stage'] }, { keys: ['v'] }], subsetLbPolicy: child };
  assert.deepEqual(reached(policy('subset.v3.Subset', fields), { v: '2', stage: 'prod' }), [B]);
  assert.deepEqual(reached(policy('subset.v3.Subset', fields), { v: '2', stage: 'test', x: 1 }), ['none']);
  const redundant = { ...fields, subsetSelectors: [{ keys: ['v'] }], allowRedundantKeys: true };
  assert.deepEqual(reached(policy('subset.v3.Subset', redundant), { v: '2', stage: 'test', x: 1 }), [B]);
});
