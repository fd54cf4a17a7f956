import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SimulatedReply } from '../../sdk/testing/simulated-proxy.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { bootstrap, flags, hostAt } from '../harness/one-cluster.ts';

const simulation = new Simulation();
const timing = {
  timeout: '1s',
  interval: '2s',
  no_traffic_interval: '2s',
  unhealthy_threshold: 2,
  healthy_threshold: 2,
};

const fixed = (checks: object, ...hosts: readonly object[]) => ({
  load_assignment: { cluster_name: 'c', endpoints: [{ lb_endpoints: hosts }] },
  health_checks: [{ ...timing, ...checks }],
  common_lb_config: { healthy_panic_threshold: { value: 0 } },
});

/** A host that answers checks as it is told, and all else with its own address. */
function checkedHost(proxy: SimulatedProxyWorld, ip: string, path = '/health') {
  const host: { check: SimulatedReply; reply: SimulatedReply } = { check: {}, reply: { body: ip } };
  const upstream = proxy.httpUpstream(`${ip}:80`, (request) => (request.path === path ? host.check : host.reply));
  return { host, upstream };
}

/** Whom so many requests reach. */
async function reached(proxy: SimulatedProxyWorld, count: number): Promise<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let i = 0; i < count; i++) found.add((await proxy.request('web')).body);
  return found;
}

test('hosts serve once their first check is good, fall out after two bad ones and come back after two good ones', async () => {
  const http_health_check = { path: '/health', request_headers_to_add: [{ header: { key: 'x-check', value: 'yes' } }] };
  const event_log_path = '/dev/null';
  const cluster = fixed(
    { http_health_check, event_log_path },
    hostAt('10.0.0.1'),
    hostAt('10.0.0.2'),
    hostAt('10.0.0.3'),
  );
  await using proxy = await simulation.create({ config: bootstrap(cluster) });
  const [a, b] = [checkedHost(proxy, '10.0.0.1'), checkedHost(proxy, '10.0.0.2')];
  await proxy.start();
  assert.deepEqual(await flags(proxy), ['10.0.0.1 healthy', '10.0.0.2 healthy', '10.0.0.3 /failed_active_hc']);
  assert.deepEqual(a.upstream.requests[0], {
    method: 'GET',
    path: '/health',
    headers: { host: 'c', 'user-agent': 'Envoy/HC', 'x-check': 'yes' },
    body: '',
  });
  assert.deepEqual(await reached(proxy, 4), new Set(['10.0.0.1', '10.0.0.2']));
  b.host.check = { end: 'reset' };
  await proxy.advance(2000);
  assert.equal((await flags(proxy))[1], '10.0.0.2 healthy');
  await proxy.advance(2000);
  assert.equal((await flags(proxy))[1], '10.0.0.2 /failed_active_hc');
  assert.deepEqual(await reached(proxy, 4), new Set(['10.0.0.1']));
  b.host.check = {};
  await proxy.advance(2000);
  assert.equal((await flags(proxy))[1], '10.0.0.2 /failed_active_hc');
  await proxy.advance(3000);
  assert.deepEqual(await reached(proxy, 4), new Set(['10.0.0.1', '10.0.0.2']));
  assert.equal(proxy.stat('cluster.c.health_check.healthy'), 2);
  assert.equal(proxy.stat('cluster.c.membership_healthy'), 2);
  assert.equal(proxy.stat('cluster_manager.update_out_of_merge_window'), 2);
  await proxy.advance(11_000);
  const kinds = [...proxy.accessLog('/dev/null').matchAll(/"port_value".*?"(\w+(?:_event|_host))"/g)].map(
    ([, kind]) => kind,
  );
  assert.deepEqual(kinds.sort(), [
    'add_healthy_event',
    'add_healthy_event',
    'add_healthy_event',
    'eject_unhealthy_event',
    'health_check_failure_event',
  ]);
});

test('an answer that is bad in itself counts at once, one that is retriable by the threshold', async () => {
  const http_health_check = { path: '/health', retriable_statuses: [{ start: 500, end: 502 }] };
  await using proxy = await simulation.create({ config: bootstrap(fixed({ http_health_check }, hostAt('10.0.0.1'))) });
  const { host } = checkedHost(proxy, '10.0.0.1');
  await proxy.start();
  await proxy.request('web');
  host.check = { status: 501 };
  await proxy.advance(2000);
  assert.deepEqual(await flags(proxy), ['10.0.0.1 healthy']);
  host.check = { status: 503 };
  await proxy.advance(2000);
  assert.deepEqual(await flags(proxy), ['10.0.0.1 /failed_active_hc']);
});

test('degraded hosts serve when no other does; a host may say that it is to be left out at once', async () => {
  const cluster = fixed({ http_health_check: { path: '/health' } }, hostAt('10.0.0.1'), hostAt('10.0.0.2'));
  await using proxy = await simulation.create({ config: bootstrap(cluster) });
  const [a, b] = [checkedHost(proxy, '10.0.0.1'), checkedHost(proxy, '10.0.0.2')];
  b.host.check = { headers: { 'x-envoy-degraded': '1' } };
  await proxy.start();
  assert.deepEqual(await flags(proxy), ['10.0.0.1 healthy', '10.0.0.2 /degraded_active_hc']);
  a.host.reply = { body: 'last', headers: { 'x-envoy-immediate-health-check-fail': 'true' } };
  while ((await proxy.request('web')).body !== 'last');
  await proxy.settle();
  assert.deepEqual(await flags(proxy), [
    '10.0.0.1 /failed_active_hc/excluded_via_immediate_hc_fail',
    '10.0.0.2 /degraded_active_hc',
  ]);
  assert.equal(proxy.stat('cluster.c.health_check.passive_failure'), 1);
  assert.equal(proxy.stat('cluster.c.membership_excluded'), 1);
  assert.deepEqual(await reached(proxy, 2), new Set(['10.0.0.2']));
});

test('a TCP check wants to read what is configured in time, where it is configured', async () => {
  const tcp_health_check = { send: { text: '50494e47' }, receive: [{ text: '504f' }, { binary: 'TkcK' }] };
  const elsewhere = { health_check_config: { port_value: 81 } };
  const cluster = fixed({ tcp_health_check }, hostAt('10.0.0.1', elsewhere), hostAt('10.0.0.2', elsewhere));
  await using proxy = await simulation.create({ config: bootstrap(cluster) });
  proxy.tcpUpstream('10.0.0.1:81', (connection, bytes) => bytes.includes('PING') && connection.send('PO--NG\n'));
  proxy.tcpUpstream('10.0.0.2:81', (connection) => connection.send('PO'));
  await proxy.start();
  assert.deepEqual(await flags(proxy), ['10.0.0.1 healthy', '10.0.0.2 /failed_active_hc/active_hc_timeout']);
});

test('a host that its name stands for no more serves on while it is healthy', async () => {
  const cluster = {
    type: 'STRICT_DNS',
    dns_refresh_rate: '1s',
    ...fixed({ http_health_check: { path: '/health' } }, hostAt('up')),
  };
  await using proxy = await simulation.create({ config: bootstrap(cluster), dns: { up: ['10.0.0.1', '10.0.0.2'] } });
  const [, b] = [checkedHost(proxy, '10.0.0.1'), checkedHost(proxy, '10.0.0.2')];
  await proxy.start();
  proxy.setDns('up', ['10.0.0.1']);
  await proxy.request('web');
  await proxy.advance(1500);
  assert.deepEqual(await flags(proxy), ['10.0.0.1 healthy', '10.0.0.2 /pending_dynamic_removal']);
  b.host.check = { status: 500 };
  await proxy.advance(4000);
  assert.deepEqual(await flags(proxy), ['10.0.0.1 healthy']);
});
