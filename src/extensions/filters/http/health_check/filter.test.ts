import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HttpFilterContext } from '../../../../../sdk/extension.ts';
import { runHttpFilterCompliance } from '../../../../../sdk/testing/index.ts';
import type { ThreadLocalCluster } from '../../../../../sdk/upstream.ts';
import { HttpManagerHarness } from '../../../../../test/harness/http-manager.ts';
import { TerminalFilters } from '../../../../../test/harness/terminal-filter.ts';
import { PrefixedStats } from '../../../../common/stats/prefixed-stats.ts';
import { createStatsMemory } from '../../../../common/stats/stats-memory.ts';
import { StatsStore } from '../../../../common/stats/stats-store.ts';
import { SimulatedDispatcher, SimulatedTime } from '../../../../event/simulated-dispatcher.ts';
import { HealthCheckCache } from './cache.ts';
import { HealthCheckFilter, HealthCheckStats } from './filter.ts';
import type { HealthCheckConfig } from './index.ts';

function start(overrides: Partial<HealthCheckConfig>, clusters: Record<string, readonly [number, number]> = {}) {
  const time = new SimulatedTime();
  const scope = new StatsStore(createStatsMemory()).createScope('hc');
  const health = { failed: false };
  const context = {
    healthCheckFailed: () => health.failed,
    localInfo: { clusterName: 'local' },
    clusterManager: {
      getThreadLocalCluster(name: string) {
        const [total, healthy] = clusters[name] ?? [];
        if (total === undefined) return undefined;
        const hostSet = { hosts: Array(total), healthyHosts: Array(healthy), degradedHosts: [] };
        return { hostSets: [hostSet] } as unknown as ThreadLocalCluster;
      },
    },
  } as unknown as HttpFilterContext;
  const config: HealthCheckConfig = {
    passThroughMode: false,
    cacheTimeMs: 0,
    clusterMinHealthyPercentages: new Map(),
    headers: [{ matches: (headers) => headers.get(':path') === '/hc' }],
    ...overrides,
  };
  const cache =
    config.cacheTimeMs > 0
      ? new HealthCheckCache(new SimulatedDispatcher('worker_0', time), config.cacheTimeMs)
      : undefined;
  const shared = { config, context, stats: new HealthCheckStats(new PrefixedStats(scope, '')), cache };
  const terminals = new TerminalFilters();
  const http = new HttpManagerHarness([() => new HealthCheckFilter(shared), terminals.create]);
  const check = () => {
    const stream = http.request({ ':path': '/hc' });
    return [stream.headers?.status, http.logged.at(-1)?.info.responseCodeDetails];
  };
  return { http, terminals, scope, health, time, check, shared };
}

test('answers health checks itself and names the cluster', () => {
  const { http, check, scope } = start({});
  assert.deepEqual(check(), [200, 'health_check_ok']);
  assert.deepEqual(http.codec.last.lines.slice(0, 2), [
    ':status: 200',
    'x-envoy-upstream-healthchecked-cluster: local',
  ]);
  assert.equal(scope.counter('ok').value, 1);
  assert.equal(http.counter('downstream_rq_2xx'), 0);
  assert.equal(http.counter('tracing.health_check'), 1);
});

test('other requests go on, with a warning while the server is failed', () => {
  const { http, terminals, health } = start({});
  health.failed = true;
  const stream = http.request({ ':path': '/' });
  terminals.last.respond(200);
  assert.equal(stream.headers?.get('x-envoy-immediate-health-check-fail'), 'true');
});

test('a failed server fails its checks', () => {
  const { http, check, health, scope } = start({ passThroughMode: true });
  health.failed = true;
  assert.deepEqual(check(), [503, 'health_check_failed']);
  assert.equal(http.codec.last.headers?.get('x-envoy-immediate-health-check-fail'), 'true');
  assert.deepEqual(http.logged[0]?.info.responseFlags, ['LH']);
  assert.equal(scope.counter('failed').value, 1);
});

test('the answer of what is behind is kept for a while', () => {
  const { check, terminals, time, scope } = start({ passThroughMode: true, cacheTimeMs: 5000 });
  check();
  terminals.last.respond(503);
  assert.deepEqual(check(), [503, 'health_check_cached']);
  assert.equal(scope.counter('cached_response').value, 1);
  time.advance(5000);
  check();
  assert.equal(terminals.all.at(-1)?.sawHeaders, true);
});

test('clusters must have their share of healthy hosts', () => {
  const verdict = (percent: number, clusters: Record<string, readonly [number, number]>) =>
    start({ clusterMinHealthyPercentages: new Map([['c', percent]]) }, clusters).check();
  assert.deepEqual(verdict(50, {}), [503, 'health_check_failed_no_cluster_found']);
  assert.deepEqual(verdict(50, { c: [0, 0] }), [503, 'health_check_failed_cluster_empty']);
  assert.deepEqual(verdict(0, { c: [0, 0] }), [200, 'health_check_ok_cluster_healthy']);
  assert.deepEqual(verdict(50, { c: [4, 1] }), [503, 'health_check_failed_cluster_unhealthy']);
  assert.deepEqual(verdict(50, { c: [4, 2] }), [200, 'health_check_ok_cluster_healthy']);
});

const [answering, passing] = [start({}).shared, start({ passThroughMode: true, cacheTimeMs: 1000 }).shared];
runHttpFilterCompliance([
  { name: 'health_check', createFilter: () => new HealthCheckFilter(answering), request: { ':path': '/hc' } },
  { name: 'health_check, other requests', createFilter: () => new HealthCheckFilter(answering) },
  { name: 'health_check, passing', createFilter: () => new HealthCheckFilter(passing), request: { ':path': '/hc' } },
]);
