import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedDispatcher, SimulatedTime } from '../../event/simulated-dispatcher.ts';
import { MainStats } from './main-stats.ts';
import { type ServerFacts, ServerStats, watchdogStats } from './server-stats.ts';
import { StatsFlusher } from './stats-flusher.ts';

const facts: ServerFacts = {
  state: 'INITIALIZING',
  uptimeSeconds: 3.9,
  memory: {
    allocated: 1,
    heapSize: 2,
    pageheapUnmapped: 3,
    pageheapFree: 4,
    totalThreadCache: 5,
    totalPhysicalBytes: 6,
  },
  totalConnections: 7,
  recentLookups: 11,
  daysUntilFirstCertExpiring: undefined,
  secondsUntilFirstOcspResponseExpiring: undefined,
};

function values(stats: MainStats): Record<string, number> {
  return Object.fromEntries([...stats.counters, ...stats.gauges].map((stat) => [stat.name, stat.value]));
}

test('server statistics have Envoy’s names and follow the facts', () => {
  const stats = new MainStats();
  const server = new ServerStats(stats.store.createScope(), { concurrency: 2, restartEpoch: 0, version: 99 });
  server.update(facts);
  assert.deepEqual(values(stats), {
    'server.static_unknown_fields': 0,
    'server.dynamic_unknown_fields': 0,
    'server.wip_protos': 0,
    'server.debug_assertion_failures': 0,
    'server.envoy_bug_failures': 0,
    'server.envoy_notifications': 0,
    'server.dropped_stat_flushes': 0,
    'envoy.overload_actions.reset_high_memory_stream.count': 0,
    'server.live': 1,
    'server.state': 3,
    'server.uptime': 3,
    'server.memory_allocated': 1,
    'server.memory_heap_size': 2,
    'server.memory_physical_size': 6,
    'server.parent_connections': 0,
    'server.total_connections': 7,
    'server.stats_recent_lookups': 11,
    'server.days_until_first_cert_expiring': 4294967295,
    'server.compilation_settings.fips_mode': 0,
    'server.concurrency': 2,
    'server.hot_restart_epoch': 0,
    'server.hot_restart_generation': 1,
    'server.version': 99,
    'server.seconds_until_first_ocsp_response_expiring': 0,
  });
  server.setState('DRAINING');
  assert.deepEqual([values(stats)['server.live'], values(stats)['server.state']], [0, 1]);
});

test('that health checks fail is seen at once, the state with the next flush', () => {
  const stats = new MainStats();
  const server = new ServerStats(stats.store.createScope(), { concurrency: 2, restartEpoch: 0, version: 99 });
  const shown = () => [values(stats)['server.live'], values(stats)['server.state']];
  server.setState('LIVE');
  server.setLive(false);
  assert.deepEqual(shown(), [0, 0]);
  server.update({ ...facts, state: 'DRAINING' });
  assert.deepEqual(shown(), [0, 1]);
});

test('a watchdog counts for its group and for its thread', () => {
  const stats = new MainStats();
  const root = stats.store.createScope();
  const [first, second] = ['worker_0', 'worker_1'].map((name) => watchdogStats(root, 'workers', name));
  first?.miss();
  second?.miss();
  second?.megaMiss();
  assert.deepEqual(values(stats), {
    'workers.watchdog_miss': 2,
    'workers.watchdog_mega_miss': 1,
    'server.worker_0.watchdog_miss': 1,
    'server.worker_0.watchdog_mega_miss': 0,
    'server.worker_1.watchdog_miss': 1,
    'server.worker_1.watchdog_mega_miss': 1,
  });
});

test('a flush comes every interval: update, then histograms', () => {
  const time = new SimulatedTime();
  const stats = new MainStats();
  const scope = stats.store.createScope();
  const histogram = scope.histogram('h', 'milliseconds');
  const flusher = new StatsFlusher(new SimulatedDispatcher('main_thread', time), stats, 5000);
  const seen: string[] = [];
  flusher.beforeFlush(() => {
    const counts = [...stats.histograms].map(({ cumulative }) => cumulative.counts).join();
    seen.push(counts);
    histogram.recordValue(1);
  });
  flusher.start();
  time.advance(4999);
  assert.deepEqual(seen, []);
  time.advance(5001);
  assert.deepEqual(seen, ['', '1']);
  flusher[Symbol.dispose]();
  time.advance(20_000);
  assert.equal(seen.length, 2);
});

test('without an interval nothing is flushed by itself', () => {
  const time = new SimulatedTime();
  const flusher = new StatsFlusher(new SimulatedDispatcher('main_thread', time), new MainStats(), undefined);
  let flushes = 0;
  flusher.beforeFlush(() => flushes++);
  flusher.start();
  time.advance(60_000);
  flusher.flush();
  assert.equal(flushes, 1);
});
