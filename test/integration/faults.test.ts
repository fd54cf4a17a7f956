import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { tcpListener } from '../harness/config-push.ts';
import { LiveProxy } from '../harness/live-proxy.ts';
import { poll } from '../harness/poll.ts';
import { RawClient } from '../harness/raw-client.ts';

/** A filter of an outsider's: sends back what comes, and does as it is told. */
const plugin = `
import { defineNetworkFilter, type Buffer, type NetworkFilter, type ReadFilterCallbacks } from '@nuncio/sdk';

class Obedient implements NetworkFilter {
  #callbacks!: ReadFilterCallbacks;
  readonly #worker: number;
  constructor(worker: number) {
    this.#worker = worker;
  }
  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
  }
  onData(data: Buffer, endStream: boolean) {
    const text = data.toString();
    if (text === 'die') setImmediate(() => { throw new Error('told to die'); });
    for (const end = performance.now() + (Number(text) || 0); performance.now() < end; );
    data.addUtf8(' worker ' + this.#worker);
    this.#callbacks.connection.write(data, endStream);
    return 'StopIteration' as const;
  }
}

export const obedient = defineNetworkFilter<undefined>({
  name: 'test.obedient',
  configTypes: ['google.protobuf.Struct'],
  parseConfig: () => undefined,
  createFilterFactory: (_config, { workerIndex }) => () => new Obedient(workerIndex),
  isTerminal: () => true,
});
`;
const typed_config = { '@type': 'type.googleapis.com/google.protobuf.Struct' };
const filter_chains = [{ filters: [{ name: 'test.obedient', typed_config }] }];
const listeners = [tcpListener('obedient', 0, { filter_chains })];

function start(more: { [field: string]: JsonInput } = {}, concurrency = 2): Promise<LiveProxy> {
  const args = ['--plugin', '$FOLDER/obedient.ts', '--concurrency', String(concurrency)];
  return LiveProxy.start({
    config: { static_resources: { listeners }, ...more },
    args,
    files: { 'obedient.ts': plugin },
  });
}

async function say(client: RawClient, text: string): Promise<string> {
  const before = client.received.length;
  await client.send([text]);
  const answer = () => client.received.slice(before);
  await poll(async () => (answer() !== '' || client.end !== 'open' ? true : undefined), { timeoutMs: 10_000 });
  return answer();
}

/** A connection on each of two workers; one that was just replaced may still be starting. */
async function onBoth(port: number): Promise<readonly [RawClient, RawClient]> {
  const byWorker = new Map<string, RawClient>();
  const both = await poll(
    async () => {
      const client = await RawClient.connect(port);
      const worker = await say(client, 'hi');
      if (byWorker.has(worker)) client.reset();
      else byWorker.set(worker, client);
      return byWorker.size === 2 ? [...byWorker.values()] : undefined;
    },
    { timeoutMs: 30_000 },
  );
  const [first, second] = both ?? [];
  assert.ok(first !== undefined && second !== undefined, 'the kernel chose one worker only');
  return [first, second];
}

test('a worker that dies is counted and replaced; connections of the other live on', async () => {
  await using proxy = await start();
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
  await using proxy = await start({ watchdogs: { worker_watchdog: watchdog } });
  using client = await RawClient.connect(await proxy.port('obedient'));
  assert.match(await say(client, '900'), /^900 worker/);
  await proxy.until(async () => (await proxy.stat('workers.watchdog_mega_miss')) >= 1, 'the counter');
  assert.ok((await proxy.stat('workers.watchdog_miss')) >= 1);
});

test('a worker that blocks for longer than kill_timeout ends the process', async () => {
  await using proxy = await start({ watchdogs: { worker_watchdog: { kill_timeout: '0.5s' } } });
  using client = await RawClient.connect(await proxy.port('obedient'));
  await client.send(['60000']);
  assert.deepEqual(await proxy.exited(), { code: null, signal: 'SIGABRT' });
  assert.match(proxy.log, /one thread \(worker_\d\) stuck for more than watchdog_kill_timeout/);
});
