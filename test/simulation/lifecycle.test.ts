import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { pushListener, tcpListener } from '../harness/config-push.ts';

const simulation = new Simulation();
const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } };

interface StartOptions {
  readonly listeners?: readonly JsonInput[];
  readonly clusters?: readonly JsonInput[];
  readonly args?: readonly string[];
  readonly dns?: Readonly<Record<string, readonly string[]>>;
}

function start({ listeners = [], clusters = [], args = [], dns = {} }: StartOptions): Promise<SimulatedProxyWorld> {
  const config = { admin, static_resources: { listeners, clusters } };
  return simulation.start({ config, concurrency: 2, args: ['--drain-time-s', '10', ...args], dns });
}

const named = (name: string) => ({
  name,
  type: 'STRICT_DNS',
  load_assignment: {
    cluster_name: name,
    endpoints: [
      { lb_endpoints: [{ endpoint: { address: { socket_address: { address: `${name}.test`, port_value: 80 } } } }] },
    ],
  },
});

test('listeners are not served before the clusters know their hosts; admin answers meanwhile', async () => {
  const config = { admin, static_resources: { clusters: [named('slow')], listeners: [tcpListener('a', 1000)] } };
  const proxy = simulation.create({ config, dns: { 'slow.test': ['10.0.0.1'] } });
  proxy.dns.delayMs = 3_000;
  const live = proxy.start();
  await proxy.settle();
  assert.deepEqual(await proxy.admin('/ready').then(({ status, body }) => [status, body]), [503, 'PRE_INITIALIZING\n']);
  const early = proxy.connect('127.0.0.1:1000');
  await proxy.settle();
  assert.equal(early.error, 'ECONNREFUSED');
  await live;
  assert.equal(proxy.nowMs, 3_000);
  assert.equal((await proxy.admin('/ready')).status, 200);
  assert.equal(proxy.connect('127.0.0.1:1000').state, 'connecting');
  await proxy[Symbol.asyncDispose]();
});

test('the stages: Startup before workers serve, PostInit when they do, ShutdownExit while connections are open', async () => {
  const config = { admin, static_resources: { listeners: [tcpListener('a', 1000)] } };
  const proxy = simulation.create({ config });
  const { server } = proxy;
  const client = Promise.withResolvers<ReturnType<typeof proxy.connect>>();
  const stages: string[] = [];
  const note = (stage: string) => () => {
    stages.push(`${stage} ${server.state} ${proxy.stat('listener_manager.workers_started')}`);
  };
  server.lifecycle.registerCallback('Startup', note('Startup'));
  server.lifecycle.registerCallback('PostInit', note('PostInit'));
  server.lifecycle.registerCallback('ShutdownExit', async () => {
    stages.push(`ShutdownExit ${(await client.promise).state}`);
  });
  await proxy.start();
  assert.deepEqual(stages, ['Startup INITIALIZING 0', 'PostInit INITIALIZING 1']);
  client.resolve(proxy.connect('a'));
  await proxy.settle();
  proxy.signal('SIGTERM');
  assert.equal(await proxy.exited(), 0);
  assert.equal(stages.at(-1), 'ShutdownExit open');
  assert.equal((await client.promise).state, 'ended');
  await proxy[Symbol.asyncDispose]();
});

test('SIGTERM and SIGINT end the proxy with code 0: connections get their FIN, no socket is left', async () => {
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    const proxy = await start({ listeners: [tcpListener('a', 1000)] });
    const client = proxy.connect('a');
    client.send('hello');
    await proxy.settle();
    proxy.signal('SIGHUP');
    await proxy.settle();
    assert.equal(client.state, 'open');
    proxy.signal(signal);
    assert.equal(await proxy.exited(), 0);
    await proxy.settle();
    assert.deepEqual([client.received, client.state], ['hello', 'ended']);
    assert.equal(proxy.threads.leakedSockets, 0);
    await proxy[Symbol.asyncDispose]();
    assert.equal(proxy.network.bindingCount, 0);
  }
});

test('/quitquitquit ends it as a signal does', async () => {
  const proxy = await start({});
  assert.equal((await proxy.admin('/quitquitquit', 'POST')).body, 'OK\n');
  assert.equal(await proxy.exited(), 0);
  await proxy[Symbol.asyncDispose]();
});

test('/drain_listeners stops accepting for good; with inboundonly those of that direction', async () => {
  const inbound = tcpListener('in', 1000, { traffic_direction: 'INBOUND' });
  await using proxy = await start({ listeners: [inbound, tcpListener('other', 1001)] });
  const client = proxy.connect('in');
  await proxy.settle();
  await proxy.admin('/drain_listeners?inboundonly', 'POST');
  const states = async () => {
    const late = [proxy.connect('127.0.0.1:1000'), proxy.connect('127.0.0.1:1001')];
    await proxy.settle();
    return late.map(({ state }) => state);
  };
  assert.deepEqual(await states(), ['failed', 'open']);
  assert.equal(proxy.stat('listener_manager.listener_stopped'), 1);
  assert.equal(pushListener(proxy, tcpListener('more', 1002, { traffic_direction: 'INBOUND' })), false);
  await proxy.admin('/drain_listeners', 'POST');
  assert.deepEqual(await states(), ['failed', 'failed']);
  assert.equal(proxy.stat('listener_manager.listener_stopped'), 2);
  assert.equal(pushListener(proxy, tcpListener('more', 1002)), false);
  client.send('still here');
  await proxy.settle();
  assert.equal(client.received, 'still here');
});

test('/drain_listeners?graceful goes on accepting until the drain time is over; with skip_exit for ever', async () => {
  for (const [query, later] of [
    ['graceful', 'failed'],
    ['graceful&skip_exit', 'open'],
  ]) {
    await using proxy = await start({ listeners: [tcpListener('a', 1000)] });
    await proxy.admin(`/drain_listeners?${query}`, 'POST');
    const early = proxy.connect('127.0.0.1:1000');
    await proxy.advance(9_000);
    assert.equal(early.state, 'open');
    await proxy.advance(1_000);
    const late = proxy.connect('127.0.0.1:1000');
    await proxy.settle();
    assert.equal(late.state, later);
  }
});

test('/healthcheck/fail says DRAINING until /healthcheck/ok', async () => {
  await using proxy = await start({});
  await proxy.admin('/healthcheck/fail', 'POST');
  assert.deepEqual(await proxy.admin('/ready').then(({ status, body }) => [status, body]), [503, 'DRAINING\n']);
  await proxy.admin('/healthcheck/ok', 'POST');
  assert.equal((await proxy.admin('/ready')).status, 200);
});

test('a static listener whose address is taken: the start fails with the reason', async () => {
  const config = { admin, static_resources: { listeners: [tcpListener('a', 1000)] } };
  const proxy = simulation.create({ config });
  proxy.tcpUpstream('127.0.0.1:1000');
  await assert.rejects(proxy.start(), /cannot bind '127.0.0.1:1000': Address already in use/);
  await proxy[Symbol.asyncDispose]();
});
