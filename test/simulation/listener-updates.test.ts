import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import type { SimulatedProxyWorld } from '../../src/exe/simulation/simulated-proxy.ts';
import { Simulation } from '../../src/exe/simulation/simulation.ts';
import { echoChain, pushListener, tcpListener, textChain } from '../harness/config-push.ts';
import { listener } from './random-config.ts';

const simulation = new Simulation();
const admin = { address: { socket_address: { address: '127.0.0.1', port_value: 9901 } } };
const stats = 'listener_manager';

function start(config: object = {}, args: readonly string[] = []): Promise<SimulatedProxyWorld> {
  return simulation.start({ config: { admin, ...config }, concurrency: 2, args: ['--drain-time-s', '10', ...args] });
}

function lists({ server }: SimulatedProxyWorld): string {
  const { active, warming, draining } = server.listenerManager;
  const versions = (listeners: Iterable<{ name: string; origin: { versionInfo: string } }>) =>
    [...listeners].map(({ name, origin }) => `${name}@${origin.versionInfo}`).join(' ');
  return `${versions(active.values())} | ${versions(warming.values())} | ${versions(draining)}`;
}

async function echoes(proxy: SimulatedProxyWorld, to: string): Promise<boolean> {
  const client = proxy.connect(to);
  client.send('ping');
  await proxy.advance(1);
  const { received } = client;
  client.close();
  await proxy.settle();
  return received === 'ping';
}

test('a full update takes the sockets over; the old listener drains and its connections end with the drain time', async () => {
  await using proxy = await start();
  pushListener(proxy, tcpListener('a', 1000), '1');
  await proxy.settle();
  const old = [proxy.connect('a'), proxy.connect('a')];
  await proxy.settle();
  assert.ok(pushListener(proxy, tcpListener('a', 1000, { per_connection_buffer_limit_bytes: 5000 }), '2'));
  await proxy.settle();
  assert.equal(lists(proxy), 'a@2 |  | a@1');
  assert.equal(proxy.stat(`${stats}.total_listeners_draining`), 1);
  for (const client of old) client.send('x');
  assert.ok(await echoes(proxy, 'a'));
  assert.deepEqual(
    old.map(({ received, state }) => [received, state]),
    [
      ['x', 'open'],
      ['x', 'open'],
    ],
  );
  await proxy.advance(10_000);
  assert.deepEqual(
    old.map(({ state }) => state),
    ['ended', 'ended'],
  );
  assert.equal(lists(proxy), 'a@2 |  | ');
  assert.equal(proxy.stat(`${stats}.total_listeners_draining`), 0);
  assert.equal(proxy.stat(`${stats}.listener_modified`), 1);
  assert.equal(proxy.stat(`${stats}.listener_create_success`), 4);
  assert.ok(await echoes(proxy, 'a'));
});

test('an update to another address stops listening on the old one at once', async () => {
  await using proxy = await start();
  pushListener(proxy, tcpListener('a', 1000));
  pushListener(proxy, tcpListener('a', 1001), '2');
  await proxy.settle();
  assert.ok(await echoes(proxy, '127.0.0.1:1001'));
  const late = proxy.connect('127.0.0.1:1000');
  await proxy.settle();
  assert.equal(late.error, 'ECONNREFUSED');
});

test('in place: connections of unchanged chains live on, those of the others have the drain time', async () => {
  await using proxy = await start();
  const second = { address: { socket_address: { address: '127.0.0.1', port_value: 1001 } } };
  const listener = (other: { [field: string]: JsonInput }) =>
    tcpListener('a', 1000, {
      additional_addresses: [second],
      filter_chains: [echoChain('kept', { destination_port: 1001 }), other],
    });
  pushListener(proxy, listener(echoChain('goes')), '1');
  await proxy.settle();
  const [gone, kept] = [proxy.connect('127.0.0.1:1000'), proxy.connect('127.0.0.1:1001')];
  await proxy.settle();
  assert.ok(pushListener(proxy, listener(textChain('comes', 'hello')), '2'));
  await proxy.settle();
  assert.equal(proxy.stat(`${stats}.listener_in_place_updated`), 1);
  assert.equal(proxy.stat(`${stats}.total_filter_chains_draining`), 1);
  assert.equal(lists(proxy), 'a@2 |  | ');
  const next = proxy.connect('a');
  gone.send('still here');
  await proxy.advance(9_999);
  assert.deepEqual([next.received, gone.received, gone.state], ['hello', 'still here', 'open']);
  await proxy.advance(1);
  kept.send('I stay');
  await proxy.advance(1_000_000);
  assert.deepEqual([gone.state, kept.state, kept.received], ['ended', 'open', 'I stay']);
  assert.equal(proxy.stat(`${stats}.total_filter_chains_draining`), 0);
  assert.equal(proxy.stat('listener.127.0.0.1_1000.downstream_cx_active'), 1);
});

test('in place: every update gives the chains that it drops the whole drain time', async () => {
  await using proxy = await start();
  const listener = (name: string) => tcpListener('a', 1000, { filter_chains: [echoChain(name)] });
  pushListener(proxy, listener('first'));
  await proxy.settle();
  const first = proxy.connect('a');
  await proxy.settle();
  pushListener(proxy, listener('second'));
  await proxy.advance(4_000);
  const second = proxy.connect('a');
  await proxy.settle();
  pushListener(proxy, listener('third'));
  await proxy.settle();
  assert.equal(proxy.stat(`${stats}.total_filter_chains_draining`), 2);
  await proxy.advance(6_000);
  assert.deepEqual([first.state, second.state], ['ended', 'open']);
  await proxy.advance(4_000);
  assert.equal(second.state, 'ended');
});

test('blocked: the same hash, a static listener, another listener’s address', async () => {
  const config = { static_resources: { listeners: [tcpListener('fixed', 1000)] } };
  await using proxy = await start(config);
  assert.equal(pushListener(proxy, tcpListener('fixed', 1001)), false);
  assert.ok(pushListener(proxy, tcpListener('a', 1002)));
  assert.equal(pushListener(proxy, tcpListener('a', 1002), '2'), false);
  assert.throws(
    () => pushListener(proxy, tcpListener('b', 1002)),
    /'b' has duplicate address '127.0.0.1:1002' as existing/,
  );
  assert.throws(
    () => pushListener(proxy, tcpListener('a', 1002, { enable_reuse_port: false })),
    /Listener a: reuse port cannot be changed during an update/,
  );
  assert.equal(proxy.server.listenerManager.removeListener('fixed'), false);
  assert.equal(proxy.server.listenerManager.removeListener('nobody'), false);
  assert.equal(lists(proxy), 'fixed@ a@1 |  | ');
  const dump = await proxy.admin('/config_dump?resource=dynamic_listeners');
  const failed = (JSON.parse(dump.body) as { configs: { name: string; error_state?: { details: string } }[] }).configs;
  assert.match(failed.find(({ name }) => name === 'b')?.error_state?.details ?? '', /duplicate address/);
  assert.ok(await echoes(proxy, 'a'));
});

test('an address that another process has: the failure is counted and told, and a later success forgets it', async () => {
  await using proxy = await start();
  const taken = proxy.tcpUpstream('127.0.0.1:1000');
  assert.throws(
    () => pushListener(proxy, tcpListener('a', 1000)),
    /cannot bind '127.0.0.1:1000': Address already in use/,
  );
  assert.equal(proxy.stat(`${stats}.listener_create_failure`), 1);
  assert.equal(proxy.server.listenerManager.updateFailures.length, 1);
  taken.stop();
  assert.ok(pushListener(proxy, tcpListener('a', 1000)));
  assert.equal(proxy.server.listenerManager.updateFailures.length, 0);
  await proxy.settle();
  assert.ok(await echoes(proxy, 'a'));
});

test('removal: no new connections at once, old ones end with the drain time, the address is free', async () => {
  await using proxy = await start();
  pushListener(proxy, tcpListener('a', 1000));
  await proxy.settle();
  const client = proxy.connect('a');
  await proxy.settle();
  assert.ok(proxy.server.listenerManager.removeListener('a'));
  await proxy.settle();
  assert.equal(lists(proxy), ' |  | a@1');
  const late = proxy.connect('127.0.0.1:1000');
  await proxy.settle();
  assert.equal(late.error, 'ECONNREFUSED');
  pushListener(proxy, tcpListener('b', 1000));
  await proxy.settle();
  assert.ok(await echoes(proxy, 'b'));
  assert.equal(client.state, 'open');
  await proxy.advance(10_000);
  assert.equal(client.state, 'ended');
  assert.ok(await echoes(proxy, 'b'));
});

test('statistics go with their listener or filter chain, after the drain time, and begin anew', async () => {
  await using proxy = await start();
  const version = (port: number, chain: string, prefix: string): JsonInput => ({
    ...(listener('a', port, chain) as { [field: string]: JsonInput }),
    stat_prefix: 'a',
    filter_chains: JSON.parse(
      JSON.stringify(listener('a', port, chain).filter_chains).replace(
        '"stat_prefix":"a"',
        `"stat_prefix":"${prefix}"`,
      ),
    ),
  });
  const names = (pattern: RegExp): string[] => [...proxy.stats(pattern).keys()];
  pushListener(proxy, version(1000, 'red', 'first'), '1');
  await proxy.settle();
  await proxy.request('a', { path: '/nowhere' });
  assert.deepEqual(
    [proxy.stat('http.first.downstream_rq_total'), proxy.stat('listener.a.downstream_cx_total')],
    [1, 1],
  );
  pushListener(proxy, version(1000, 'green', 'second'), '2');
  await proxy.advance(9_999);
  assert.equal(proxy.stat('http.first.downstream_rq_total'), 1);
  await proxy.advance(1);
  assert.deepEqual(names(/http\.first\./), []);
  assert.deepEqual(
    [proxy.stat('http.second.downstream_rq_total'), proxy.stat('listener.a.downstream_cx_total')],
    [0, 1],
  );
  proxy.server.listenerManager.removeListener('a');
  await proxy.advance(10_000);
  assert.deepEqual(names(/^(http\.(first|second)|listener\.a)\./), []);
  pushListener(proxy, version(1000, 'green', 'second'), '3');
  await proxy.settle();
  assert.deepEqual(
    [proxy.stat('http.second.downstream_rq_total'), proxy.stat('listener.a.downstream_cx_total')],
    [0, 0],
  );
});
