import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defineListenerFilter, type Extension } from '../../sdk/index.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { echoChain, pushListener, tcpListener } from '../harness/config-push.ts';

const simulation = new Simulation();
const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } };
const layered_runtime = { layers: [{ name: 'admin', admin_layer: {} }] };
const globalLimit = 'overload.global_downstream_max_connections';

function start(limits: Readonly<Record<string, number>>, extensions: readonly Extension[] = [], more: object = {}) {
  const layer = { name: 'static', static_layer: limits };
  const config = { admin, layered_runtime: { layers: [layer, ...layered_runtime.layers] }, ...more };
  return simulation.start({ config, concurrency: 2, extensions });
}

async function connect(proxy: SimulatedProxyWorld, to: string, count: number) {
  const clients = Array.from({ length: count }, () => proxy.connect(to));
  await proxy.settle();
  return { clients, states: clients.map(({ state }) => state) };
}

test('a listener’s connection limit counts the connections of all workers', async () => {
  await using proxy = await start({ 'envoy.resource_limits.listener.a.connection_limit': 3 });
  pushListener(proxy, tcpListener('a', 1000));
  await proxy.settle();
  const { clients, states } = await connect(proxy, 'a', 5);
  assert.deepEqual(states.sort(), ['ended', 'ended', 'open', 'open', 'open']);
  assert.equal(proxy.stat('listener.127.0.0.1_1000.downstream_cx_overflow'), 2);
  assert.match(
    proxy.log.join('\n'),
    /There is no configured limit to the number of allowed active downstream connections/,
  );
  assert.doesNotMatch(proxy.log.join('\n'), /deprecated runtime key/);
  clients.find(({ state }) => state === 'open')?.close();
  await proxy.settle();
  assert.deepEqual((await connect(proxy, 'a', 2)).states.sort(), ['ended', 'open']);
  await proxy.admin('/runtime_modify?envoy.resource_limits.listener.a.connection_limit=4', 'POST');
  assert.deepEqual((await connect(proxy, 'a', 2)).states.sort(), ['ended', 'open']);
});

test('an in-place update goes on counting, a full update begins anew', async () => {
  await using proxy = await start({ 'envoy.resource_limits.listener.a.connection_limit': 2 });
  pushListener(proxy, tcpListener('a', 1000));
  await proxy.settle();
  await connect(proxy, 'a', 2);
  pushListener(proxy, tcpListener('a', 1000, { filter_chains: [echoChain('other')] }));
  await proxy.settle();
  assert.deepEqual((await connect(proxy, 'a', 1)).states, ['ended']);
  pushListener(proxy, tcpListener('a', 1000, { per_connection_buffer_limit_bytes: 5000 }));
  await proxy.settle();
  assert.deepEqual((await connect(proxy, 'a', 3)).states, ['open', 'open', 'ended']);
});

test('the global limit counts every listener’s connections, the admin’s too; one that ignores it still accepts', async () => {
  await using proxy = await start({ [globalLimit]: 3 });
  pushListener(proxy, tcpListener('a', 1000));
  pushListener(proxy, tcpListener('free', 1001, { ignore_global_conn_limit: true }));
  await proxy.settle();
  assert.deepEqual((await connect(proxy, 'free', 2)).states, ['open', 'open']);
  const { clients, states } = await connect(proxy, 'a', 2);
  assert.deepEqual(states, ['open', 'ended']);
  assert.equal(proxy.stat('listener.127.0.0.1_1000.downstream_global_cx_overflow'), 1);
  assert.deepEqual((await connect(proxy, 'free', 1)).states, ['open']);
  assert.deepEqual((await connect(proxy, 'a', 1)).states, ['ended']);
  await assert.rejects(proxy.admin('/ready'), /no answer/);
  assert.equal(proxy.stat('listener.admin.downstream_global_cx_overflow'), 1);
  clients[0]?.close();
  await proxy.settle();
  assert.deepEqual(
    (await connect(proxy, 'a', 1)).states,
    ['ended'],
    'two of the free listener’s and one more are left',
  );
});

const monitorType = 'envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig';
const monitored = (max: number) => ({
  overload_manager: {
    resource_monitors: [
      {
        name: 'envoy.resource_monitors.global_downstream_max_connections',
        typed_config: { '@type': `type.googleapis.com/${monitorType}`, max_active_downstream_connections: max },
      },
    ],
  },
});

test('a monitor of connections counts those of listeners that heed it alone, and the runtime’s key is nothing then', async () => {
  await using proxy = await start({ [globalLimit]: 1 }, [], monitored(2));
  pushListener(proxy, tcpListener('a', 1000));
  pushListener(proxy, tcpListener('free', 1001, { ignore_global_conn_limit: true }));
  await proxy.settle();
  const free = await connect(proxy, 'free', 3);
  const { clients, states } = await connect(proxy, 'a', 3);
  assert.deepEqual(states.sort(), ['ended', 'open', 'open']);
  for (const client of free.clients) client.close();
  await proxy.settle();
  assert.deepEqual((await connect(proxy, 'a', 1)).states, ['ended'], 'what was not counted gives no place back');
  assert.equal((await proxy.admin('/ready')).status, 200);
  assert.match(proxy.log.join('\n'), /deprecated runtime key overload.global_downstream_max_connections/);
  assert.doesNotMatch(proxy.log.join('\n'), /There is no configured limit/);
  clients.find(({ state }) => state === 'open')?.close();
  await proxy.settle();
  assert.deepEqual((await connect(proxy, 'a', 2)).states.sort(), ['ended', 'open']);
});

test('a worker that dies takes its share of the count with it', async () => {
  await using proxy = await start({ [globalLimit]: 2 });
  pushListener(proxy, tcpListener('a', 1000));
  await proxy.settle();
  const { clients } = await connect(proxy, 'a', 2);
  proxy.threads.get(0).dispatcher.post(() => {
    throw new Error('a fault of worker 0');
  });
  await proxy.until(() => proxy.server.workers.size === 2 && proxy.stat('server.worker_replaced') === 1);
  assert.deepEqual(clients.map(({ state }) => state).sort(), ['ended', 'open']);
  assert.deepEqual((await connect(proxy, 'a', 2)).states.sort(), ['ended', 'open']);
});

const wait = defineListenerFilter({
  name: 'test.wait',
  configTypes: ['google.protobuf.Struct'],
  parseConfig: () => undefined,
  createFilterFactory: () => () => ({
    maxReadBytes: 5,
    onAccept: () => 'StopIteration',
    onData: ({ length }) => (length === 4 ? 'Continue' : 'StopIteration'),
  }),
});
const waitFilter = { name: 'test.wait', typed_config: { '@type': 'type.googleapis.com/google.protobuf.Struct' } };
const scope = 'listener.127.0.0.1_1000';

async function startWaiting(fields: object) {
  const proxy = await start({ [globalLimit]: 1 }, [wait as Extension]);
  const listener = tcpListener('a', 1000, { listener_filters: [waitFilter], ...(fields as Record<string, string>) });
  pushListener(proxy, listener);
  await proxy.settle();
  return proxy;
}

test('a connection whose listener filters take too long is closed, and gives its place back', async () => {
  await using proxy = await startWaiting({ listener_filters_timeout: '5s' });
  const client = proxy.connect('a');
  await proxy.advance(4_999);
  assert.equal(client.state, 'open');
  assert.equal(proxy.stat(`${scope}.downstream_pre_cx_active`), 1);
  assert.deepEqual((await connect(proxy, 'a', 1)).states, ['ended'], 'it has its place in the limit meanwhile');
  await proxy.advance(1);
  assert.equal(client.state, 'ended');
  assert.equal(proxy.stat(`${scope}.downstream_pre_cx_timeout`), 1);
  assert.equal(proxy.stat(`${scope}.downstream_pre_cx_active`), 0);
  assert.equal(proxy.stat(`${scope}.downstream_cx_total`), 0);
  assert.deepEqual((await connect(proxy, 'a', 1)).states, ['open']);
});

test('the timeout of listener filters is 15 s by default, none when 0, and may let connections through', async () => {
  await using standard = await startWaiting({});
  const client = standard.connect('a');
  await standard.advance(14_999);
  assert.equal(client.state, 'open');
  await standard.advance(1);
  assert.equal(client.state, 'ended');

  await using patient = await startWaiting({ listener_filters_timeout: '0s' });
  const waiting = patient.connect('a');
  await patient.advance(1_000_000);
  assert.equal(waiting.state, 'open');
  waiting.send('ping');
  await patient.settle();
  assert.equal(waiting.received, 'ping');

  await using lenient = await startWaiting({
    listener_filters_timeout: '1s',
    continue_on_listener_filters_timeout: true,
  });
  const late = lenient.connect('a');
  late.send('x');
  await lenient.advance(999);
  assert.deepEqual([late.state, late.received], ['open', '']);
  await lenient.advance(1);
  assert.deepEqual([late.state, late.received], ['open', 'x']);
});
