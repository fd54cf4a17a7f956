import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onBoth, say, startObedient } from '../harness/obedient-proxy.ts';
import { poll } from '../harness/poll.ts';
import { RawClient } from '../harness/raw-client.ts';

test('a worker that dies is counted and replaced; connections of the other live on', async () => {
  await using proxy = await startObedient();
  const port = await proxy.port('obedient');
  const [doomed, other] = await onBoth(port);
  await doomed.send(['die']);
  await proxy.until(async () => (await proxy.stat('server.worker_replaced')) === 1, 'the replacement');
  assert.ok(await poll(async () => (doomed.end === 'open' ? undefined : true), { timeoutMs: 5000 }));
  assert.match(await say(other, 'still here'), /^still here worker \d$/);
  assert.match(proxy.log, /worker_\d died: Error: told to die/);
  const [third, fourth] = await onBoth(port);
  for (const client of [other, third, fourth]) client.reset();
  proxy.signal('SIGTERM');
  assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
});

test('a worker that blocks is missed by the guard dog', async () => {
  const watchdog = { miss_timeout: '0.1s', megamiss_timeout: '0.3s' };
  await using proxy = await startObedient({ config: { watchdogs: { worker_watchdog: watchdog } } });
  using client = await RawClient.connect(await proxy.port('obedient'));
  // Again, as long as the dog's thread has not come up.
  await proxy.until(async () => {
    assert.match(await say(client, '900'), /^900 worker/);
    return (await proxy.stat('workers.watchdog_mega_miss')) >= 1;
  }, 'the counter');
  assert.ok((await proxy.stat('workers.watchdog_miss')) >= 1);
});

test('a worker that blocks for longer than kill_timeout ends the process', async () => {
  await using proxy = await startObedient({ config: { watchdogs: { worker_watchdog: { kill_timeout: '0.5s' } } } });
  using client = await RawClient.connect(await proxy.port('obedient'));
  await client.send(['60000']);
  assert.deepEqual(await proxy.exited(), { code: null, signal: 'SIGABRT' });
  assert.match(proxy.log, /one thread \(worker_\d\) stuck for more than watchdog_kill_timeout/);
});
