import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import type { JsonInput } from '../../src/common/proto/json-value.ts';
import { tcpListener } from '../harness/config-push.ts';
import { LiveProxy } from '../harness/live-proxy.ts';
import { RawClient } from '../harness/raw-client.ts';

/** A filter that spins for as many milliseconds as it is told, and a monitor that does so on the main thread once. */
const plugin = `
import { defineNetworkFilter, type Buffer, type NetworkFilter, type ReadFilterCallbacks } from '@nuncio/sdk';

function spinHere(ms: number): void {
  for (const end = performance.now() + ms; performance.now() < end; );
}

class Spinning implements NetworkFilter {
  #callbacks!: ReadFilterCallbacks;
  initializeReadFilterCallbacks(callbacks: ReadFilterCallbacks): void {
    this.#callbacks = callbacks;
  }
  onData(data: Buffer, endStream: boolean) {
    spinHere(Number(data.toString()));
    this.#callbacks.connection.write(data, endStream);
    return 'StopIteration' as const;
  }
}

export const spinning = defineNetworkFilter<undefined>({
  name: 'test.spinning',
  configTypes: ['google.protobuf.Struct'],
  parseConfig: () => undefined,
  createFilterFactory: () => () => new Spinning(),
  isTerminal: () => true,
});

export const monitor = {
  category: 'envoy.resource_monitors',
  name: 'test.monitor',
  configTypes: ['google.protobuf.BoolValue'],
  parseConfig: () => undefined,
  createMonitor() {
    let asked = 0;
    return {
      pressure() {
        if (++asked % 20 === 0) spinHere(600);
        return 0;
      },
    };
  },
};
`;
const type = (name: string) => `type.googleapis.com/${name}`;
const filter = { name: 'test.spinning', typed_config: { '@type': type('google.protobuf.Struct') } };
const listeners = [tcpListener('spinning', 0, { filter_chains: [{ filters: [filter] }] })];
const backtrace = type('envoy.extensions.watchdog.backtrace_action.v3.BacktraceActionConfig');
const profile = type('envoy.extensions.watchdog.profile_action.v3.ProfileActionConfig');
const abort = type('envoy.watchdog.v3.AbortActionConfig');

function action(event: string, typed_config: { [field: string]: JsonInput }): JsonInput {
  return { event, config: { name: 'an action', typed_config } };
}

function start(more: { [field: string]: JsonInput }): Promise<LiveProxy> {
  return LiveProxy.start({
    config: { static_resources: { listeners }, ...more },
    args: ['--plugin', '$FOLDER/spinning.ts', '--concurrency', '2'],
    files: { 'spinning.ts': plugin },
  });
}

const inPlugin = /#\d: spinHere \[.*spinning\.ts:5:\d+\]/;

interface Profile {
  readonly nodes: readonly { readonly callFrame: { readonly url: string }; readonly hitCount: number }[];
}

test('a worker that hangs has its backtrace logged and its profile written, and goes on', async () => {
  const actions = [
    action('MISS', { '@type': backtrace, cooldown_duration: '60s' }),
    action('MEGAMISS', { '@type': profile, profile_path: '$FOLDER', profile_duration: '0.2s' }),
  ];
  const worker_watchdog = { miss_timeout: '0.2s', megamiss_timeout: '0.4s', actions };
  await using proxy = await start({ watchdogs: { worker_watchdog } });
  // Named before anything has hung.
  assert.equal(await proxy.stat('watchdog.backtrace_action.backtraces_failed'), 0);
  assert.equal(await proxy.stat('workers.profile_action.attempted'), 0);
  using client = await RawClient.connect(await proxy.port('spinning'));
  // Again, once it is back, as long as the dog's thread has not come up.
  let sent = '';
  await proxy.until(async () => {
    if (client.received === sent) {
      sent += '3000';
      await client.send(['3000']);
    }
    return (await proxy.stat('workers.profile_action.successfully_captured')) > 0;
  }, 'a profile');
  assert.equal(await proxy.stat('watchdog.backtrace_action.backtraces_logged'), 1);
  assert.match(proxy.log, /Backtrace Action: backtrace for thread worker_\d:/);
  assert.match(proxy.log, inPlugin);
  const file = readdirSync(proxy.folder).find((name) => name.startsWith('ProfileAction.')) ?? '';
  assert.match(file, /^ProfileAction\.\d+\.worker_\d\.cpuprofile$/);
  const { nodes } = JSON.parse(readFileSync(`${proxy.folder}/${file}`, 'utf8')) as Profile;
  assert.ok(nodes.some(({ callFrame, hitCount }) => callFrame.url.endsWith('spinning.ts') && hitCount > 0));
  await proxy.until(async () => client.received === sent, 'the answer of the worker that hung');
});

test('the main thread that hangs is looked into from the thread of the guard dog', async () => {
  const actions = [action('MISS', { '@type': backtrace })];
  const main_thread_watchdog = { miss_timeout: '0.2s', megamiss_timeout: '0.4s', actions };
  const typed_config = { '@type': type('google.protobuf.BoolValue'), value: true };
  const resource_monitors = [{ name: 'test.monitor', typed_config }];
  const overload_manager = { refresh_interval: '0.05s', resource_monitors };
  await using proxy = await start({ watchdogs: { main_thread_watchdog }, overload_manager });
  await proxy.until(async () => inPlugin.test(proxy.log), 'the backtrace');
  assert.match(proxy.log, /Backtrace Action: backtrace for thread main_thread:/);
  await proxy.until(
    async () => (await proxy.stat('watchdog.backtrace_action.backtraces_logged')) > 0,
    'main, which is back',
  );
});

test('abort_action ends the process, and tells where the thread hung', async () => {
  const worker_watchdog = { miss_timeout: '0.2s', actions: [action('MISS', { '@type': abort })] };
  await using proxy = await start({ watchdogs: { worker_watchdog } });
  using client = await RawClient.connect(await proxy.port('spinning'));
  await client.send(['60000']);
  assert.deepEqual(await proxy.exited(), { code: null, signal: 'SIGABRT' });
  assert.match(proxy.log, /Watchdog AbortAction terminating thread worker_\d\./);
  assert.match(proxy.log, inPlugin);
});
