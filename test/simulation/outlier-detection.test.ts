import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedReply } from '../../sdk/testing/simulated-proxy.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { bootstrap, flags, hostAt } from '../harness/one-cluster.ts';

const simulation = new Simulation();
const ips = ['10.0.0.1', '10.0.0.2', '10.0.0.3'];

function cluster(outlier_detection: object, fields: object = {}): object {
  const endpoints = [{ lb_endpoints: ips.map((ip) => hostAt(ip)) }];
  return { load_assignment: { cluster_name: 'c', endpoints }, outlier_detection, ...fields };
}

/** Hosts whose answers are those of `replies`, by their addresses. */
function hosts(proxy: SimulatedProxyWorld): Record<string, SimulatedReply> {
  const replies: Record<string, SimulatedReply> = {};
  for (const ip of ips) proxy.httpUpstream(`${ip}:80`, () => replies[ip] ?? { body: ip });
  return replies;
}

async function ask(proxy: SimulatedProxyWorld, times: number): Promise<readonly string[]> {
  const bodies: string[] = [];
  for (let i = 0; i < times; i++) bodies.push((await proxy.request('web')).body);
  await proxy.settle();
  return bodies;
}

const ejected = '10.0.0.2 /failed_outlier_check';
const stat = (proxy: SimulatedProxyWorld, name: string) => proxy.stat(`cluster.c.outlier_detection.${name}`);

test('a host that fails so often in a row is left out, for longer each time; failures that others see count too', async () => {
  const settings = { consecutive_5xx: 4, interval: '1s', base_ejection_time: '2s', max_ejection_percent: 50 };
  const extra = { cluster_manager: { outlier_detection: { event_log_path: '/dev/null' } } };
  const config = bootstrap(cluster(settings), {}, extra);
  await using proxy = await simulation.start({ config, concurrency: 2 });
  const replies = hosts(proxy);
  replies['10.0.0.2'] = { status: 503 };
  await ask(proxy, 11);
  assert.equal(stat(proxy, 'ejections_active'), 0);
  await ask(proxy, 6);
  assert.deepEqual((await flags(proxy))[1], ejected);
  assert.ok((await ask(proxy, 6)).every((body) => body !== ''));
  await proxy.advance(2000);
  assert.deepEqual((await flags(proxy))[1], '10.0.0.2 healthy');
  await ask(proxy, 18);
  assert.deepEqual((await flags(proxy))[1], ejected);
  await proxy.advance(3500);
  assert.deepEqual((await flags(proxy))[1], ejected, 'twice the base time');
  await proxy.advance(2000);
  assert.deepEqual((await flags(proxy))[1], '10.0.0.2 healthy');
  assert.equal(stat(proxy, 'ejections_enforced_consecutive_5xx'), 2);
  assert.equal(stat(proxy, 'ejections_enforced_total'), 2);
  await proxy.advance(11_000);
  const log = proxy.accessLog('/dev/null').trim().split('\n');
  const events = log.map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(
    events.map(({ action, num_ejections }) => `${action} ${num_ejections}`),
    ['EJECT 1', 'UNEJECT 1', 'EJECT 2', 'UNEJECT 2'],
  );
  assert.deepEqual(Object.keys(events[0] ?? {}), [
    ...['type', 'timestamp', 'cluster_name', 'upstream_url', 'action', 'num_ejections', 'enforced'],
    'eject_consecutive_event',
  ]);
});

test('no more hosts are left out than the limit says; one always is where that is wanted', async () => {
  await using proxy = await simulation.start({ config: bootstrap(cluster({ consecutive_5xx: 1 })) });
  hosts(proxy)['10.0.0.2'] = { status: 500 };
  await ask(proxy, 6);
  assert.deepEqual(
    await flags(proxy),
    ips.map((ip) => `${ip} healthy`),
  );
  assert.equal(stat(proxy, 'ejections_overflow'), 2);
  const always = bootstrap(cluster({ consecutive_5xx: 1, always_eject_one_host: true }));
  await using other = await simulation.start({ config: always });
  hosts(other)['10.0.0.2'] = { status: 500 };
  await ask(other, 6);
  assert.equal((await flags(other))[1], ejected);
});

test('connections that fail count as failures, of their own kind where origins are told apart', async () => {
  const settings = {
    consecutive_local_origin_failure: 2,
    max_ejection_percent: 100,
    split_external_local_origin_errors: true,
  };
  const faults = (to: string) => (to === '10.0.0.2:80' ? { connect: 'refuse' as const } : {});
  await using proxy = await simulation.start({ config: bootstrap(cluster(settings)), faults });
  hosts(proxy);
  await ask(proxy, 9);
  assert.equal((await flags(proxy))[1], ejected);
  assert.equal(stat(proxy, 'ejections_detected_consecutive_local_origin_failure'), 1);
  assert.equal(stat(proxy, 'ejections_detected_consecutive_5xx'), 0);
});

test('a host that fails much more often than the others is found by its success rate at the end of an interval', async () => {
  const settings = {
    ...{ consecutive_5xx: 1000, consecutive_gateway_failure: 1000, interval: '60s', max_ejection_percent: 100 },
    ...{ success_rate_minimum_hosts: 3, success_rate_request_volume: 5, success_rate_stdev_factor: 1000 },
  };
  await using proxy = await simulation.start({ config: bootstrap(cluster(settings)) });
  hosts(proxy)['10.0.0.2'] = { status: 500 };
  await ask(proxy, 18);
  await proxy.advance(60_000);
  assert.equal((await flags(proxy))[1], ejected);
  const { body } = await proxy.admin('/clusters');
  assert.match(body, /^c::outlier::success_rate_average::66\.66666666666667$/m);
  assert.match(body, /^c::10\.0\.0\.2:80::success_rate::0$/m);
  assert.match(body, /^c::10\.0\.0\.1:80::success_rate::100$/m);
  assert.equal(stat(proxy, 'ejections_enforced_success_rate'), 1);
});

test('a good health check ends an ejection', async () => {
  const settings = { consecutive_5xx: 1, max_ejection_percent: 100 };
  const times = {
    timeout: '1s',
    interval: '5s',
    no_traffic_interval: '5s',
    unhealthy_threshold: 1,
    healthy_threshold: 1,
  };
  const health_checks = [{ ...times, tcp_health_check: {} }];
  await using proxy = simulation.create({ config: bootstrap(cluster(settings, { health_checks })) });
  hosts(proxy)['10.0.0.2'] = { status: 500 };
  await proxy.start();
  await ask(proxy, 3);
  assert.equal((await flags(proxy))[1], ejected);
  await proxy.advance(5000);
  assert.equal((await flags(proxy))[1], '10.0.0.2 healthy');
  assert.equal(stat(proxy, 'ejections_active'), 0);
});
