import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ServerFactoryContext } from '../../../../../sdk/extension.ts';
import type { HashPolicy, RouteRequest } from '../../../../../sdk/router.ts';
import { configReader } from '../../../../../test/harness/extension-config.ts';
import { RequestHeaders } from '../../../../common/headers/header-map.ts';
import { priorityGroupClusterSpecifier } from './index.ts';

const TYPE = 'envoy.extensions.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier';
const { read } = configReader([priorityGroupClusterSpecifier]);
const groups = {
  priority_groups: [
    {
      name: 'first',
      clusters: [
        { cluster_name: 'a', weight: 1 },
        { cluster_name: 'b', weight: 3 },
      ],
    },
    { name: 'second', clusters: [{ cluster_name: 'c', weight: 1 }] },
  ],
};

function choose(json: object, attemptCount: number | undefined, random: number, header?: string, policy?: HashPolicy) {
  const { config, problems } = read(TYPE, json as never);
  assert.deepEqual(problems, []);
  const headers = new RequestHeaders();
  if (header !== undefined) headers.set('x-r', header);
  const specifier = priorityGroupClusterSpecifier.createClusterSpecifier(config as never, {} as ServerFactoryContext);
  return specifier.cluster({ headers, random, streamInfo: { attemptCount } } as unknown as RouteRequest, policy);
}

test('each attempt has its group, a cluster is drawn by weight', () => {
  assert.deepEqual(
    [0, 1, 3, 4].map((random) => choose(groups, undefined, random)),
    ['a', 'b', 'b', 'a'],
  );
  assert.deepEqual(
    [1, 2, 3].map((attempt) => choose(groups, attempt, 0)),
    ['a', 'c', 'c'],
  );
});

test('a number in a header stands in for the random one', () => {
  const byHeader = { ...groups, header_name: 'X-R' };
  assert.equal(choose(byHeader, 1, 0, '18446744073709551613'), 'b');
  assert.equal(choose(byHeader, 1, 0, '18446744073709551617'), 'a');
});

test('clusters are told with their group; hashing is refused', () => {
  const { config } = read(TYPE, groups as never);
  assert.deepEqual(priorityGroupClusterSpecifier.clusters?.(config as never).at(-1), {
    name: 'c',
    where: " in priority group 'second'",
  });
});

test('the hash of the route stands in for chance, where there is one', () => {
  const byHash = { ...groups, use_hash_policy: true };
  const policy = (hash: bigint | undefined) => ({ generateHash: () => hash }) as unknown as HashPolicy;
  assert.equal(choose(byHash, 1, 0, undefined, policy(5n)), 'b');
  assert.equal(choose(byHash, 1, 0, undefined, policy(undefined)), 'a');
  assert.equal(choose(byHash, 1, 1, undefined, undefined), 'b');
  assert.equal(choose({ ...groups, use_hash_policy: false }, 1, 0, undefined, policy(5n)), 'a');
});
