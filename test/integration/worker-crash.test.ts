import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LiveProxy } from '../harness/live-proxy.ts';
import { hang, obedientChains, onBoth, say, startObedient } from '../harness/obedient-proxy.ts';
import { poll } from '../harness/poll.ts';
import { RawClient } from '../harness/raw-client.ts';

const engines = ['node', 'io_uring'];

/** Talks on a connection as fast as the answers come, until it is told to stop; answers how often it was answered. */
function chatter(client: RawClient): () => Promise<number> {
  let going = true;
  let answers = 0;
  const talk = async (): Promise<void> => {
    while (going) {
      const answer = await say(client, 'chat');
      assert.match(answer, /^chat worker \d$/, 'a connection of another worker');
      answers++;
    }
  };
  const talking = talk();
  // Whoever asks is told; until then it is nobody's unhandled rejection.
  talking.catch(() => {});
  return async () => {
    going = false;
    await talking;
    return answers;
  };
}

async function replaced(proxy: LiveProxy, times: number): Promise<void> {
  await proxy.until(async () => (await proxy.stat('server.worker_replaced')) === times, `replacement ${times}`);
  const lines = () => proxy.log.match(/worker_\d was replaced/g)?.length ?? 0;
  await proxy.until(async () => lines() === times, `the end of replacement ${times}`);
}

/** How many there are once the guard dog's thread, which comes last, has taken its own, and none has come or gone for a while. */
async function restingDescriptors(proxy: LiveProxy): Promise<number> {
  let count = -1;
  let times = 0;
  await proxy.until(async () => {
    const now = proxy.openDescriptors;
    times = now === count && proxy.threads.includes('guarddog_thread') ? times + 1 : 0;
    count = now;
    return times === 20;
  }, 'descriptors at rest');
  return count;
}

const worker = (answer: string): string => answer.slice(-1);

const typed_config = {
  '@type': 'type.googleapis.com/envoy.extensions.filters.network.connection_limit.v3.ConnectionLimit',
  stat_prefix: 'limit',
  max_connections: 7,
};
const runtimeOf = (key: string) => ({ layered_runtime: { layers: [{ name: 'limits', static_layer: { [key]: 7 } }] } });
// By the runtime's key the admin interface's connections, those of this test, would count too.
const monitor = {
  name: 'envoy.resource_monitors.global_downstream_max_connections',
  typed_config: {
    '@type':
      'type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig',
    max_active_downstream_connections: 7,
  },
};
/** What may keep a listener to seven connections. */
const limits = {
  'the listener’s limit': {
    filters: [],
    config: runtimeOf('envoy.resource_limits.listener.obedient.connection_limit'),
  },
  'the process’s limit': { filters: [], config: { overload_manager: { resource_monitors: [monitor] } } },
  'the filter’s limit': { filters: [{ name: 'envoy.filters.network.connection_limit', typed_config }], config: {} },
};

for (const engine of engines) {
  test(`${engine}: a worker dies three times while the other serves; no connection or descriptor is lost`, async () => {
    await using proxy = await startObedient({ args: ['--socket-engine', engine] });
    const port = await proxy.port('obedient');
    const [first, second] = await onBoth(port);
    const stop = chatter(second);
    const dying = worker(await say(first, 'who'));
    first.reset();
    await proxy.until(async () => (await proxy.stat('listener.127.0.0.1_0.downstream_cx_active')) === 1, 'one');
    let before = 0;
    for (let death = 1; death <= 3; death++) {
      const doomed = await poll(
        async () => {
          const client = await RawClient.connect(port);
          if (worker(await say(client, 'who')) === dying) return client;
          client.reset();
          return undefined;
        },
        { timeoutMs: 20_000 },
      );
      assert.ok(doomed !== undefined, 'the worker in its place accepts');
      await doomed.send(['die']);
      await replaced(proxy, death);
      doomed.reset();
      if (death === 1) before = await restingDescriptors(proxy);
    }
    assert.ok((await stop()) > 3, 'answers all the while');
    await proxy.until(async () => proxy.openDescriptors <= before, `as many descriptors as the ${before} before`);
    assert.equal(await proxy.stat('listener.127.0.0.1_0.downstream_cx_active'), 1);
    second.reset();
    proxy.signal('SIGTERM');
    assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
  });

  for (const [limit, { filters, config }] of Object.entries(limits))
    test(`${engine}: connections on their way to a worker that dies are served by the other, and counted right by ${limit}`, async () => {
      const listener = {
        connection_balance_config: { exact_balance: {} },
        enable_reuse_port: false,
        filter_chains: obedientChains(filters),
      };
      const args = ['--socket-engine', engine];
      await using proxy = await startObedient({ args, listener, config });
      const port = await proxy.port('obedient');
      const [doomed, other] = await onBoth(port);
      await hang(proxy, doomed, '1500die');
      // Some go to the worker that hangs, since it has fewer connections.
      const clients = await Promise.all(Array.from({ length: 5 }, () => RawClient.connect(port)));
      await replaced(proxy, 1);
      const answers = await Promise.all(clients.map((client) => say(client, 'hi')));
      const served = answers.filter((answer) => /^hi worker \d$/.test(answer)).length;
      assert.equal(served, 5, 'none dies with a worker that never saw it');
      const active = 'listener.127.0.0.1_0.downstream_cx_active';
      await proxy.until(async () => (await proxy.stat(active)) === served + 1, 'those and the one that stayed');
      for (const client of [...clients, other]) client.reset();
      await proxy.until(async () => (await proxy.stat(active)) === 0, 'none');
      // Room for exactly as many as the limit says: nothing is left of those that went.
      const again = await Promise.all(Array.from({ length: 7 }, () => RawClient.connect(port)));
      for (const client of again) assert.match(await say(client, 'hi'), /^hi worker \d$/);
      using onceTooMany = await RawClient.connect(port);
      assert.equal(await say(onceTooMany, 'hi'), '');
      for (const client of again) client.reset();
    });
}

for (const engine of engines) {
  test(`${engine}: of a socket that they share, a worker that hangs leaves connections to the other`, async () => {
    const args = ['--socket-engine', engine];
    await using proxy = await startObedient({ args, listener: { enable_reuse_port: false } });
    const port = await proxy.port('obedient');
    const [hanging, other] = await onBoth(port);
    const hangs = worker(await say(hanging, 'who'));
    const before = hanging.received.length;
    await hang(proxy, hanging, '4000');
    for (let i = 0; i < 10; i++) {
      using client = await RawClient.connect(port);
      assert.notEqual(worker(await say(client, 'who')), hangs);
    }
    assert.equal(hanging.received.length, before, 'it hangs to the end');
    for (const client of [hanging, other]) client.reset();
  });
}

/** Kills each worker thread that starts while there is a file of this name in the proxy's folder; each death takes one. */
const dyingAtStart = (folder: string) => `
import { rmSync } from 'node:fs';
import { isMainThread, threadName } from 'node:worker_threads';

function mayDie(): boolean {
  for (let i = 0; i < 8; i++) {
    try {
      rmSync('${folder}/death' + i);
      return true;
    } catch {}
  }
  return false;
}
if (!isMainThread && threadName === 'worker_1' && mayDie()) {
  queueMicrotask(() => { throw new Error('cannot start'); });
}
`;

test('a worker that dies as it starts is replaced, and the proxy comes up whole', async () => {
  const files = { death0: '', death1: '' };
  await using proxy = await startObedient({ prelude: dyingAtStart('$FOLDER'), files });
  assert.equal(await proxy.stat('server.worker_replaced'), 2);
  const clients = await onBoth(await proxy.port('obedient'));
  for (const client of clients) client.reset();
  proxy.signal('SIGTERM');
  assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
});

test('a worker that never starts is given up, and the proxy serves with the others', async () => {
  const files = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`death${i}`, '']));
  await using proxy = await startObedient({ prelude: dyingAtStart('$FOLDER'), files });
  assert.match(proxy.log, /worker_1 failed to start 4 times and is not replaced/);
  using client = await RawClient.connect(await proxy.port('obedient'));
  assert.equal(await say(client, 'hi'), 'hi worker 0');
  proxy.signal('SIGTERM');
  assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
});

test('a worker that dies while the proxy drains: its place is taken, and the end is orderly', async () => {
  await using proxy = await startObedient({ args: ['--drain-time-s', '600'] });
  const port = await proxy.port('obedient');
  const [doomed, other] = await onBoth(port);
  assert.equal(await proxy.admin('/drain_listeners?graceful', 'POST'), 'OK\n');
  await doomed.send(['die']);
  await replaced(proxy, 1);
  const [third, fourth] = await onBoth(port);
  for (const client of [other, third, fourth]) assert.match(await say(client, 'still here'), /^still here worker \d$/);
  assert.equal(await proxy.admin('/drain_listeners', 'POST'), 'OK\n');
  await third.send(['die']);
  await replaced(proxy, 2);
  // The one in its place does not listen again.
  await assert.rejects(RawClient.connect(port), { code: 'ECONNREFUSED' });
  doomed.reset();
  for (const client of [other, fourth]) client.reset();
  proxy.signal('SIGTERM');
  assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
});

test('admin pages answer while a worker hangs, and those that wait for it once it has died', async () => {
  await using proxy = await startObedient();
  using doomed = await RawClient.connect(await proxy.port('obedient'));
  await doomed.send(['2000die']);
  for (const path of ['/config_dump', '/stats', '/listeners', '/server_info', '/ready', '/memory'])
    assert.notEqual(await proxy.admin(path), '', path);
  assert.doesNotMatch(proxy.log, /told to die/, 'these wait for no worker');
  const posts = ['/logging?level=info', '/healthcheck/fail', '/healthcheck/ok', '/reset_counters', '/reopen_logs'];
  for (const path of posts) assert.notEqual(await proxy.admin(path, 'POST'), '', path);
  await replaced(proxy, 1);
  assert.equal(await proxy.admin('/ready'), 'LIVE\n');
});
