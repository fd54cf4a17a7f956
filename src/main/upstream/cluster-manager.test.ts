import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ClusterWorld, fixed, strict } from '../../../test/harness/cluster-world.ts';
import { ClusterReader } from '../../../test/harness/upstream-world.ts';
import { LayeredRuntimeSnapshot } from '../../common/runtime/runtime-snapshot.ts';
import { SeededRandom } from '../../event/random.ts';
import { BREAKER_ROW, BREAKER_USED, breakerColumn } from '../../snapshot/cluster.ts';
import { adminClusters } from './admin-clusters.ts';
import { clustersConfigDump } from './clusters-config-dump.ts';

const reader = new ClusterReader();
let world: ClusterWorld;

beforeEach(() => {
  world = new ClusterWorld(reader);
});

describe('start-up', () => {
  test('a static cluster is ready at once and published before its hosts', () => {
    world.add(fixed('1.2.3.4:80', '1.2.3.5:80'));
    const done = world.initialize();
    assert.equal(done(), true);
    assert.deepEqual(world.published.slice(0, 2), ['cluster c', 'hosts c']);
    assert.deepEqual(world.hostTexts('c'), ['1.2.3.4:80', '1.2.3.5:80']);
    assert.equal(world.scope.gauge('cluster.c.membership_total').value, 2);
    assert.equal(world.scope.gauge('cluster.c.membership_healthy').value, 2);
    assert.equal(world.scope.counter('cluster.c.membership_change').value, 1);
    assert.equal(world.scope.counter('cluster.c.default.total_match_count').value, 2);
    assert.equal(world.scope.gauge('cluster_manager.active_clusters').value, 1);
    assert.equal(world.scope.gauge('thread_local_cluster_manager.main_thread.clusters_inflated').value, 1);
    assert.equal(world.scope.counter('cluster_manager.cluster_added').value, 1);
    assert.equal(world.scope.counter('cluster_manager.cluster_updated').value, 0);
  });

  test('waits for the first answer of DNS, a failure too, unless told not to', () => {
    world.dns.delayMs = 100;
    world.dns.fail('broken.example', 'ESERVFAIL');
    world.add(strict({}, 'broken.example:80'));
    world.manager.addStaticCluster(
      world.checked({ ...strict({ waitForWarmOnInit: false }, 'slow.example:80'), name: 'not-awaited' }),
    );
    world.dns.set('slow.example', ['1.1.1.1']);
    const done = world.initialize();
    assert.deepEqual(world.manager.uninitialized, ['d']);
    world.time.advance(99);
    assert.equal(done(), false);
    world.time.advance(1);
    assert.equal(done(), true);
    assert.equal(world.scope.counter('cluster.d.update_failure').value, 1);
  });

  test('a name taken twice is an error', () => {
    world.add(fixed('1.2.3.4:80'));
    assert.throws(() => world.add(fixed('1.2.3.4:80')), /cluster manager: duplicate cluster 'c'/);
  });

  test('without clusters it is done at once', () => {
    assert.equal(world.initialize()(), true);
  });
});

describe('over xDS', () => {
  test('a cluster warms before it is active, and replaces the old one then', () => {
    world.initialize();
    assert.equal(world.manager.addOrUpdateCluster(world.checked(fixed('1.1.1.1:80')), '1'), true);
    assert.equal(world.manager.active.size, 1);
    world.dns.delayMs = 50;
    world.dns.set('a.example', ['2.2.2.2']);
    const update = world.checked({ ...strict({}, 'a.example:80'), name: 'c' });
    assert.equal(world.manager.addOrUpdateCluster(update, '2'), true);
    assert.equal(world.scope.gauge('cluster_manager.warming_clusters').value, 1);
    assert.equal(world.scope.gauge('cluster.c.warming_state').value, 1);
    assert.deepEqual(world.hostTexts('c'), ['1.1.1.1:80']);
    world.time.advance(50);
    assert.deepEqual(world.hostTexts('c'), ['2.2.2.2:80']);
    assert.equal(world.manager.warming.size, 0);
    assert.equal(world.scope.counter('cluster_manager.cluster_modified').value, 1);
    assert.equal(world.manager.active.get('c')?.origin.versionInfo, '2');
  });

  test('what does not differ changes nothing; static clusters cannot be changed or removed', () => {
    world.add({ ...fixed('1.1.1.1:80'), name: 's' });
    world.initialize();
    assert.equal(world.manager.addOrUpdateCluster(world.checked(fixed('1.1.1.1:80')), '1'), true);
    assert.equal(world.manager.addOrUpdateCluster(world.checked(fixed('1.1.1.1:80')), '2'), false);
    assert.equal(world.manager.addOrUpdateCluster(world.checked({ ...fixed('9.9.9.9:80'), name: 's' }), '1'), false);
    assert.equal(world.manager.removeCluster('s'), false);
    assert.equal(world.manager.removeCluster('c'), true);
    assert.equal(world.clusters.has('c'), false);
    assert.equal(world.hosts.has('c'), false);
    assert.equal(world.scope.gauge('cluster_manager.active_clusters').value, 1);
    assert.equal(world.scope.counter('cluster_manager.cluster_removed').value, 1);
  });
});

describe('admin', () => {
  test('/clusters shows hosts with health, locality and the sum of the threads', () => {
    const endpoint = (port: number, more: object): object => ({
      endpoint: { address: { socketAddress: { address: '127.0.0.1', portValue: port } }, hostname: 'h' },
      ...more,
    });
    const localities = [
      { locality: { region: 'r', zone: 'z' }, lbEndpoints: [endpoint(1, { healthStatus: 'DRAINING' })] },
      { priority: 1, lbEndpoints: [endpoint(2, { healthStatus: 'DEGRADED', loadBalancingWeight: 3 })] },
    ];
    world.add({ name: 'c', loadAssignment: { clusterName: 'c', endpoints: localities } });
    world.initialize();
    const [first] = world.hosts.get('c')?.priorities[0]?.hosts ?? [];
    assert.ok(first);
    new Float64Array(first.stats.block)[first.stats.start + 1] = 2;
    new Float64Array(first.stats.block)[first.stats.start + 9 + 1] = 3;
    const [cluster] = adminClusters(world.manager, 3);
    const [a, b] = [...(cluster?.hosts ?? [])];
    assert.equal(a?.stats.cxTotal, 5);
    assert.deepEqual(a?.healthFlags, ['eds_status_draining']);
    assert.equal(a?.zone, 'z');
    assert.deepEqual([b?.priority, b?.weight, b?.edsHealthStatus], [1, 3, 'DEGRADED']);
    assert.equal(world.scope.gauge('cluster.c.membership_excluded').value, 1);
    assert.equal(world.scope.gauge('cluster.c.membership_degraded').value, 1);
    assert.equal(world.scope.gauge('cluster.c.membership_healthy').value, 0);
  });

  test('the config dump sorts by name and keeps static and dynamic clusters apart', () => {
    world.add({ ...fixed('1.1.1.1:80'), name: 'z' });
    world.add({ ...fixed('1.1.1.1:80'), name: 'a' });
    world.initialize();
    world.manager.addOrUpdateCluster(world.checked(fixed('1.1.1.1:80')), 'v1');
    const dump = clustersConfigDump(world.manager, ({ name }) => ({ name })).dump(() => true);
    const at = '2023-11-14T22:13:20.000Z';
    assert.deepEqual(JSON.parse(JSON.stringify(dump)), {
      '@type': 'type.googleapis.com/envoy.admin.v3.ClustersConfigDump',
      static_clusters: [
        { cluster: { name: 'a' }, last_updated: at },
        { cluster: { name: 'z' }, last_updated: at },
      ],
      dynamic_active_clusters: [{ version_info: 'v1', cluster: { name: 'c' }, last_updated: at }],
    });
  });

  test('limits of circuit breakers are those of the runtime, of a retry budget what it amounts to', () => {
    world.runtime.snapshot = new LayeredRuntimeSnapshot(
      [
        {
          name: 'base',
          values: new Map([
            ['circuit_breakers.c.default.max_connections', 7],
            ['circuit_breakers.c.high.retry_budget.min_retry_concurrency', 9],
          ]),
        },
      ],
      new SeededRandom(1),
    );
    const budget = { budgetPercent: { value: 50 }, minRetryConcurrency: 2 };
    const thresholds = [
      { trackRemaining: true, retryBudget: budget },
      { priority: 'HIGH', retryBudget: budget },
    ];
    world.add({ ...fixed('1.1.1.1:80'), circuitBreakers: { thresholds } });
    world.initialize();
    const counts = new Int32Array(world.clusters.get('c')?.breakers as SharedArrayBuffer);
    counts[breakerColumn('requests', 'default')] = 10;
    const [cluster] = adminClusters(world.manager, 3);
    assert.deepEqual(cluster?.defaultPriority, {
      maxConnections: 7,
      maxPendingRequests: 1024,
      maxRequests: 1024,
      maxRetries: 5,
    });
    assert.equal(cluster?.highPriority.maxRetries, 9);
    const remaining = (): number => {
      world.manager.updateGauges();
      return world.scope.gauge('cluster.c.circuit_breakers.default.remaining_cx').value;
    };
    assert.equal(remaining(), 1024);
    counts[BREAKER_USED] = 1;
    assert.equal(remaining(), 7);
  });

  test('circuit breaker gauges follow the counts of all threads', () => {
    const thresholds = [{ maxConnections: 3, trackRemaining: true }];
    world.add({ ...fixed('1.1.1.1:80'), circuitBreakers: { thresholds } });
    world.initialize();
    const counts = new Int32Array(world.clusters.get('c')?.breakers as SharedArrayBuffer);
    counts[0] = 2;
    counts[BREAKER_ROW] = 1;
    counts[BREAKER_ROW + BREAKER_USED] = 1;
    world.manager.updateGauges();
    assert.equal(world.scope.gauge('cluster.c.circuit_breakers.default.cx_open').value, 1);
    assert.equal(world.scope.gauge('cluster.c.circuit_breakers.default.remaining_cx').value, 0);
    assert.equal(world.scope.gauge('cluster.c.circuit_breakers.default.remaining_rq').value, 1024);
    // No limit: the largest unsigned number, less what is in use.
    assert.equal(world.scope.gauge('cluster.c.circuit_breakers.default.remaining_cx_pools').value, -1);
    assert.equal(world.scope.gauge('cluster.c.circuit_breakers.high.cx_open').value, 0);
  });

  test('a replaced cluster that drains still closes its circuit breakers’ gauges; a worker that dies does it too', () => {
    const cluster = (maxRequests: number): object => ({
      ...fixed('1.1.1.1:80'),
      circuitBreakers: { thresholds: [{ maxRequests }] },
    });
    const [requests, row] = [2, BREAKER_ROW];
    const counts = (): Int32Array => new Int32Array(world.clusters.get('c')?.breakers as SharedArrayBuffer);
    const isOpen = (): number => {
      world.manager.updateGauges();
      return world.scope.gauge('cluster.c.circuit_breakers.default.rq_open').value;
    };
    world.initialize();
    world.manager.addOrUpdateCluster(world.checked(cluster(1)), '1');
    const first = counts();
    first.set([1], row + requests);
    first.set([1], row + requests + BREAKER_USED);
    assert.equal(isOpen(), 1);
    for (const max of [2, 3]) world.manager.addOrUpdateCluster(world.checked(cluster(max)), '2');
    assert.equal(isOpen(), 1);
    first.set([0], row + requests);
    assert.equal(isOpen(), 0);

    world.manager.addOrUpdateCluster(world.checked(cluster(1)), '3');
    counts().set([1], requests);
    counts().set([1], requests + BREAKER_USED);
    world.manager.addOrUpdateCluster(world.checked(cluster(2)), '4');
    assert.equal(isOpen(), 1);
    world.manager.forgetWorker(0);
    assert.equal(isOpen(), 0);
  });
});
