import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { MemoryConnection } from '../../src/exe/simulation/memory-connection.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { MemoryStreamSocket } from '../../src/network/engine/memory/memory-socket.ts';
import { SocketError } from '../../src/network/engine/socket-error.ts';
import { pushListener, tcpListener } from '../harness/config-push.ts';

const simulation = new Simulation();

async function start(runtime: Readonly<Record<string, number>> = {}): Promise<SimulatedProxyWorld> {
  const config = {
    admin: { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } },
    layered_runtime: { layers: [{ name: 'static', static_layer: runtime }] },
  };
  const proxy = await simulation.start({ config, concurrency: 2 });
  pushListener(proxy, tcpListener('a', 1000, { connection_balance_config: { exact_balance: {} } }));
  await proxy.settle();
  return proxy;
}

const onWorker = (proxy: SimulatedProxyWorld, worker: number): number =>
  proxy.stat(`listener.127.0.0.1_1000.worker_${worker}.downstream_cx_active`);
const onBoth = (proxy: SimulatedProxyWorld): number[] => [onWorker(proxy, 0), onWorker(proxy, 1)];

/** Each knows the worker that has it. */
async function connect(proxy: SimulatedProxyWorld, count: number) {
  const clients = [];
  for (let i = 0; i < count; i++) {
    const before = onWorker(proxy, 0);
    const client = proxy.connect('a');
    await proxy.settle();
    clients.push({ client, worker: onWorker(proxy, 0) > before ? 0 : 1 });
  }
  return clients;
}

test('a connection goes to the worker that has fewer, whichever accepted it', async () => {
  await using proxy = await start();
  const clients = await connect(proxy, 6);
  assert.deepEqual(onBoth(proxy), [3, 3]);
  for (const empty of [0, 1]) {
    for (const { client, worker } of clients) if (worker === empty) client.close();
    await proxy.settle();
    const others = await connect(proxy, 3);
    assert.deepEqual(
      others.map(({ worker }) => worker),
      [empty, empty, empty],
    );
  }
});

/** One worker has two connections and the other none, so that the next ones are to be given away by whoever accepts them. */
async function unbalance(proxy: SimulatedProxyWorld): Promise<MemoryConnection[]> {
  const clients = await connect(proxy, 4);
  for (const { client, worker } of clients) if (worker === 0) client.close();
  await proxy.settle();
  assert.deepEqual(onBoth(proxy), [0, 2]);
  return clients.flatMap(({ client, worker }) => (worker === 1 ? client : []));
}

test('one that cannot be given away stays, and is booked on nobody else', async (t: TestContext) => {
  await using proxy = await start();
  const first = await unbalance(proxy);
  const detach = t.mock.method(MemoryStreamSocket.prototype, 'detach', () => new SocketError('EMFILE'));
  const kept = await connect(proxy, 4);
  assert.ok(detach.mock.callCount() > 0, 'some were to be given away');
  detach.mock.restore();
  const clients = [...first, ...kept.map(({ client }) => client)];
  assert.deepEqual(
    clients.map(({ state }) => state),
    Array(6).fill('open'),
  );
  for (const client of clients) client.close();
  await proxy.settle();
  await connect(proxy, 4);
  assert.deepEqual(onBoth(proxy), [2, 2]);
});

test('what was given away counts once for the limit of all connections', async (t: TestContext) => {
  await using proxy = await start({ 'overload.global_downstream_max_connections': 6 });
  await unbalance(proxy);
  const detach = t.mock.method(MemoryStreamSocket.prototype, 'detach');
  const clients = await connect(proxy, 5);
  assert.ok(detach.mock.callCount() > 0, 'some were given away');
  assert.deepEqual(
    clients.map(({ client }) => client.state),
    [...Array(4).fill('open'), 'ended'],
  );
});
