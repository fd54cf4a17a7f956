import assert from 'node:assert/strict';
import { beforeEach, describe, test } from 'node:test';
import { ClusterReader } from '../../../test/harness/upstream-world.ts';
import { createStatsMemory } from '../../common/stats/stats-memory.ts';
import { StatsStore } from '../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { logicalDnsCluster } from '../../extensions/clusters/logical_dns/index.ts';
import { staticCluster } from '../../extensions/clusters/static/index.ts';
import { strictDnsCluster } from '../../extensions/clusters/strict_dns/index.ts';
import { ExtensionRegistry } from '../../extensions/registry.ts';
import { FakeDnsResolver } from '../../network/dns/fake-resolver.ts';
import type { ClusterSnapshot } from '../../snapshot/cluster.ts';
import type { HostsSnapshot } from '../../snapshot/hosts.ts';
import { adminClusters } from './admin-clusters.ts';
import { ClusterManager } from './cluster-manager.ts';
import { clustersConfigDump } from './clusters-config-dump.ts';
import type { CheckedCluster } from './managed-cluster.ts';

const reader = new ClusterReader();
const quiet = {
  name: 'upstream',
  trace() {},
  debug() {},
  info() {},
  warn() {},
  error() {},
  critical() {},
  traceEnabled: false,
  debugEnabled: false,
};

let time: SimulatedTime;
let dns: FakeDnsResolver;
let manager: ClusterManager;
let scope: ReturnType<StatsStore['createScope']>;
/** What was published, newest last: `cluster a`, `hosts a`, `delete cluster a`. */
let published: string[];
let hosts: Map<string, HostsSnapshot>;
let clusters: Map<string, ClusterSnapshot>;

function slot<T>(kind: string, values: Map<string, T>) {
  return {
    set: (key: string, value: T) => {
      published.push(`${kind} ${key}`);
      values.set(key, value);
    },
    delete: (key: string) => {
      published.push(`delete ${kind} ${key}`);
      values.delete(key);
    },
  };
}

beforeEach(() => {
  time = new SimulatedTime();
  const dispatcher = new SimulatedDispatcher('main_thread', time);
  dns = new FakeDnsResolver(dispatcher);
  scope = new StatsStore(createStatsMemory()).createScope();
  published = [];
  hosts = new Map();
  clusters = new Map();
  manager = new ClusterManager({
    dispatcher,
    dns,
    extensions: new ExtensionRegistry([staticCluster, strictDnsCluster, logicalDnsCluster]),
    scope,
    logger: quiet,
    concurrency: 2,
    clusterSlot: slot('cluster', clusters),
    hostsSlot: slot('hosts', hosts),
    encode: (message) => reader.encode(message),
    hash: (message) => Buffer.from(reader.encode(message)).toString('hex'),
  });
});

function checked(json: object): CheckedCluster {
  const message = reader.message(json);
  return { message, config: reader.config(message) };
}

function assignment(...addresses: readonly (string | object)[]): object {
  const lbEndpoints = addresses.map((address) => {
    if (typeof address !== 'string') return address;
    const [host, port] = address.split(':');
    return { endpoint: { address: { socketAddress: { address: host, portValue: Number(port) } } } };
  });
  return { clusterName: 'c', endpoints: [{ lbEndpoints }] };
}

const fixed = (...addresses: string[]): object => ({ name: 'c', loadAssignment: assignment(...addresses) });
const strict = (fields: object, ...addresses: string[]): object => ({
  name: 'd',
  type: 'STRICT_DNS',
  loadAssignment: assignment(...addresses),
  ...fields,
});

function hostTexts(name: string): string[] {
  const all = hosts.get(name)?.priorities.flatMap((priority) => priority.hosts) ?? [];
  return all.map(({ address }) => (address.kind === 'ip' ? `${address.ip}:${address.port}` : address.path));
}

function initialize(): () => boolean {
  let done = false;
  manager.initialize(() => {
    done = true;
  });
  return () => done;
}

describe('start-up', () => {
  test('a static cluster is ready at once and published before its hosts', () => {
    manager.addStaticCluster(checked(fixed('1.2.3.4:80', '1.2.3.5:80')));
    const done = initialize();
    assert.equal(done(), true);
    assert.deepEqual(published.slice(0, 2), ['cluster c', 'hosts c']);
    assert.deepEqual(hostTexts('c'), ['1.2.3.4:80', '1.2.3.5:80']);
    assert.equal(scope.gauge('cluster.c.membership_total').value, 2);
    assert.equal(scope.gauge('cluster.c.membership_healthy').value, 2);
    assert.equal(scope.counter('cluster.c.membership_change').value, 1);
    assert.equal(scope.counter('cluster.c.default.total_match_count').value, 2);
    assert.equal(scope.gauge('cluster_manager.active_clusters').value, 1);
    assert.equal(scope.counter('cluster_manager.cluster_added').value, 1);
    assert.equal(scope.counter('cluster_manager.cluster_updated').value, 0);
  });

  test('waits for the first answer of DNS, a failure too, unless told not to', () => {
    dns.delayMs = 100;
    dns.fail('broken.example', 'ESERVFAIL');
    manager.addStaticCluster(checked(strict({}, 'broken.example:80')));
    manager.addStaticCluster(
      checked({ ...strict({ waitForWarmOnInit: false }, 'slow.example:80'), name: 'not-awaited' }),
    );
    dns.set('slow.example', ['1.1.1.1']);
    const done = initialize();
    assert.deepEqual(manager.uninitialized, ['d']);
    time.advance(99);
    assert.equal(done(), false);
    time.advance(1);
    assert.equal(done(), true);
    assert.equal(scope.counter('cluster.d.update_failure').value, 1);
  });

  test('a name taken twice is an error', () => {
    manager.addStaticCluster(checked(fixed('1.2.3.4:80')));
    assert.throws(
      () => manager.addStaticCluster(checked(fixed('1.2.3.4:80'))),
      /cluster manager: duplicate cluster 'c'/,
    );
  });

  test('without clusters it is done at once', () => {
    assert.equal(initialize()(), true);
  });
});

describe('STRICT_DNS', () => {
  test('every address is a host; one that stays keeps its id', () => {
    dns.set('a.example', ['1.1.1.1', '1.1.1.2', '1.1.1.1']);
    manager.addStaticCluster(checked(strict({}, 'a.example:80')));
    initialize();
    time.runUntilIdle();
    assert.deepEqual(hostTexts('d'), ['1.1.1.1:80', '1.1.1.2:80']);
    const ids = hosts.get('d')?.priorities[0]?.hosts.map(({ id }) => id);
    dns.set('a.example', ['1.1.1.2', '1.1.1.3']);
    time.advance(5000);
    assert.deepEqual(hostTexts('d'), ['1.1.1.2:80', '1.1.1.3:80']);
    assert.equal(hosts.get('d')?.priorities[0]?.hosts[0]?.id, ids?.[1]);
    assert.equal(scope.counter('cluster_manager.cluster_updated').value, 1);
    assert.equal(scope.counter('cluster.d.update_success').value, 2);
    assert.equal(scope.gauge('cluster.d.max_host_weight').value, 1);
    time.advance(5000);
    assert.equal(scope.counter('cluster.d.update_no_rebuild').value, 1);
  });

  test('a name without addresses loses its hosts, a failure keeps them', () => {
    dns.set('a.example', ['1.1.1.1']);
    manager.addStaticCluster(checked(strict({}, 'a.example:80')));
    initialize();
    time.runUntilIdle();
    dns.fail('a.example', 'ETIMEOUT');
    time.advance(5000);
    assert.deepEqual(hostTexts('d'), ['1.1.1.1:80']);
    dns.set('a.example', []);
    time.advance(5000);
    assert.deepEqual(hostTexts('d'), []);
  });

  test('asks again after the TTL when it is to be respected, else after the refresh rate', () => {
    dns.set('a.example', ['1.1.1.1'], 60);
    dns.set('b.example', ['1.1.1.1'], 60);
    manager.addStaticCluster(checked(strict({ respectDnsTtl: true }, 'a.example:80')));
    manager.addStaticCluster(checked({ ...strict({ dnsRefreshRate: '20s' }, 'b.example:80'), name: 'e' }));
    initialize();
    time.advance(59_999);
    assert.deepEqual(dns.queries, ['a.example', 'b.example', 'b.example', 'b.example']);
    time.advance(1);
    assert.deepEqual(dns.queries.slice(4).sort(), ['a.example', 'b.example']);
  });

  test('failures are tried again within a growing interval', () => {
    dns.fail('a.example', 'ESERVFAIL');
    const rate = { dnsRefreshRate: '1000s', dnsFailureRefreshRate: { baseInterval: '1s', maxInterval: '4s' } };
    manager.addStaticCluster(checked(strict(rate, 'a.example:80')));
    initialize();
    time.advance(20_000);
    assert.ok(dns.queries.length >= 6, `${dns.queries.length} queries in 20 s`);
  });
});

test('LOGICAL_DNS has one host, which moves without becoming another', () => {
  dns.set('a.example', ['1.1.1.1', '1.1.1.2']);
  manager.addStaticCluster(checked(strict({ type: 'LOGICAL_DNS' }, 'a.example:80')));
  initialize();
  time.runUntilIdle();
  assert.deepEqual(hostTexts('d'), ['1.1.1.1:80']);
  const id = hosts.get('d')?.priorities[0]?.hosts[0]?.id;
  assert.equal(hosts.get('d')?.priorities[0]?.hosts[0]?.hostname, 'a.example');
  dns.set('a.example', ['1.1.1.2']);
  time.advance(5000);
  assert.deepEqual(hostTexts('d'), ['1.1.1.2:80']);
  assert.equal(hosts.get('d')?.priorities[0]?.hosts[0]?.id, id);
});

describe('over xDS', () => {
  test('a cluster warms before it is active, and replaces the old one then', () => {
    initialize();
    assert.equal(manager.addOrUpdateCluster(checked(fixed('1.1.1.1:80')), '1'), true);
    assert.equal(manager.active.size, 1);
    dns.delayMs = 50;
    dns.set('a.example', ['2.2.2.2']);
    const update = checked({ ...strict({}, 'a.example:80'), name: 'c' });
    assert.equal(manager.addOrUpdateCluster(update, '2'), true);
    assert.equal(scope.gauge('cluster_manager.warming_clusters').value, 1);
    assert.equal(scope.gauge('cluster.c.warming_state').value, 1);
    assert.deepEqual(hostTexts('c'), ['1.1.1.1:80']);
    time.advance(50);
    assert.deepEqual(hostTexts('c'), ['2.2.2.2:80']);
    assert.equal(manager.warming.size, 0);
    assert.equal(scope.counter('cluster_manager.cluster_modified').value, 1);
    assert.equal(manager.active.get('c')?.origin.versionInfo, '2');
  });

  test('what does not differ changes nothing; static clusters cannot be changed or removed', () => {
    manager.addStaticCluster(checked({ ...fixed('1.1.1.1:80'), name: 's' }));
    initialize();
    assert.equal(manager.addOrUpdateCluster(checked(fixed('1.1.1.1:80')), '1'), true);
    assert.equal(manager.addOrUpdateCluster(checked(fixed('1.1.1.1:80')), '2'), false);
    assert.equal(manager.addOrUpdateCluster(checked({ ...fixed('9.9.9.9:80'), name: 's' }), '1'), false);
    assert.equal(manager.removeCluster('s'), false);
    assert.equal(manager.removeCluster('c'), true);
    assert.equal(clusters.has('c'), false);
    assert.equal(hosts.has('c'), false);
    assert.equal(scope.gauge('cluster_manager.active_clusters').value, 1);
    assert.equal(scope.counter('cluster_manager.cluster_removed').value, 1);
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
    manager.addStaticCluster(checked({ name: 'c', loadAssignment: { clusterName: 'c', endpoints: localities } }));
    initialize();
    const [first] = hosts.get('c')?.priorities[0]?.hosts ?? [];
    assert.ok(first);
    new Float64Array(first.stats.block)[first.stats.start + 1] = 2;
    new Float64Array(first.stats.block)[first.stats.start + 9 + 1] = 3;
    const [cluster] = adminClusters(manager, 3);
    const [a, b] = [...(cluster?.hosts ?? [])];
    assert.equal(a?.stats.cxTotal, 5);
    assert.deepEqual(a?.healthFlags, ['eds_status_draining']);
    assert.equal(a?.zone, 'z');
    assert.deepEqual([b?.priority, b?.weight, b?.edsHealthStatus], [1, 3, 'DEGRADED']);
    assert.equal(scope.gauge('cluster.c.membership_excluded').value, 1);
    assert.equal(scope.gauge('cluster.c.membership_degraded').value, 1);
    assert.equal(scope.gauge('cluster.c.membership_healthy').value, 0);
  });

  test('the config dump sorts by name and keeps static and dynamic clusters apart', () => {
    manager.addStaticCluster(checked({ ...fixed('1.1.1.1:80'), name: 'z' }));
    manager.addStaticCluster(checked({ ...fixed('1.1.1.1:80'), name: 'a' }));
    initialize();
    manager.addOrUpdateCluster(checked(fixed('1.1.1.1:80')), 'v1');
    const dump = clustersConfigDump(manager, ({ name }) => ({ name })).dump(() => true);
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

  test('circuit breaker gauges follow the counts of all threads', () => {
    const thresholds = [{ maxConnections: 3, trackRemaining: true }];
    manager.addStaticCluster(checked({ ...fixed('1.1.1.1:80'), circuitBreakers: { thresholds } }));
    initialize();
    const counts = new Int32Array(clusters.get('c')?.breakers as SharedArrayBuffer);
    counts[0] = 2;
    counts[10] = 1;
    manager.updateGauges();
    assert.equal(scope.gauge('cluster.c.circuit_breakers.default.cx_open').value, 1);
    assert.equal(scope.gauge('cluster.c.circuit_breakers.default.remaining_cx').value, 0);
    assert.equal(scope.gauge('cluster.c.circuit_breakers.default.remaining_rq').value, 1024);
    assert.equal(scope.gauge('cluster.c.circuit_breakers.high.cx_open').value, 0);
  });
});
