import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RoutePriority } from '../../../sdk/router.ts';
import { LayeredRuntimeSnapshot } from '../../common/runtime/runtime-snapshot.ts';
import type { Thresholds } from '../../common/upstream/circuit-breakers.ts';
import { SeededRandom } from '../../event/random.ts';
import { createBreakers } from '../../snapshot/cluster.ts';
import { ClusterResourceManager } from './resource-manager.ts';

const thresholds: Thresholds = {
  maxConnections: 2,
  maxPendingRequests: 3,
  maxRequests: 4,
  maxRetries: 1,
  maxConnectionPools: 5,
  maxConnectionsPerHost: 6,
  trackRemaining: false,
  retryBudget: undefined,
};

/** What two workers have of one cluster's breakers. */
function workers(limits: Thresholds = thresholds, values: Readonly<Record<string, number>> = {}) {
  const counts = new Int32Array(createBreakers(2));
  const layer = { name: 'test', values: new Map(Object.entries(values)) };
  const runtime = { snapshot: new LayeredRuntimeSnapshot([layer], new SeededRandom(1)) };
  return [0, 1].map(
    (worker) => (priority: RoutePriority) =>
      new ClusterResourceManager('c', priority, limits, { values: counts, worker }, runtime),
  ) as [(priority: RoutePriority) => ClusterResourceManager, (priority: RoutePriority) => ClusterResourceManager];
}

test('a limit is one of all workers together, each priority has its own', () => {
  const [first, second] = workers();
  const [a, b] = [first('default').connections, second('default').connections];
  a.inc();
  assert.ok(b.canCreate());
  b.inc();
  assert.deepEqual([a.count, a.canCreate(), b.canCreate()], [2, false, false]);
  assert.ok(first('high').connections.canCreate());
  a.dec();
  assert.ok(b.canCreate());
});

test('each resource has a limit of its own, that of the runtime first', () => {
  const names = ['connections', 'pendingRequests', 'requests', 'retries', 'connectionPools'] as const;
  const limits = (values?: Readonly<Record<string, number>>) => {
    const manager = workers(thresholds, values)[0]('default');
    return names.map((name) => manager[name].max);
  };
  assert.deepEqual(limits(), [2, 3, 4, 1, 5]);
  const keys = ['connections', 'pending_requests', 'requests', 'retries', 'connection_pools'];
  const runtime = Object.fromEntries(keys.map((key, i) => [`circuit_breakers.c.default.max_${key}`, 10 + i]));
  assert.deepEqual(limits(runtime), [10, 11, 12, 13, 14]);
  assert.equal(workers()[0]('default').maxConnectionsPerHost, 6);
});

test('a retry budget is a part of what is active and pending, and never below its least', () => {
  const retryBudget = { budgetPercent: 50, minRetryConcurrency: 2 };
  const manager = workers({ ...thresholds, retryBudget })[0]('default');
  assert.equal(manager.retries.max, 2);
  for (let i = 0; i < 4; i++) manager.requests.inc();
  for (let i = 0; i < 3; i++) manager.pendingRequests.inc();
  assert.equal(manager.retries.max, 3);
});
