import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { load } from 'js-yaml';
import { LiveProxy } from '../harness/live-proxy.ts';

const folder = new URL('../../configs/', import.meta.url).pathname;

/** Every port a free one, every upstream that points to one of its own listeners left as it is. */
function withFreePorts(text: string): object {
  const config = load(text) as {
    static_resources?: { listeners?: { address: { socket_address: { port_value: number } } }[] };
  };
  for (const { address } of config.static_resources?.listeners ?? []) address.socket_address.port_value = 0;
  const { admin: _ours, ...rest } = config as Record<string, unknown>;
  return rest;
}

for (const name of readdirSync(folder).filter((file) => file.endsWith('.yaml'))) {
  test(`configs/${name} starts, serves and ends`, async () => {
    const config = withFreePorts(readFileSync(join(folder, name), 'utf8'));
    await using proxy = await LiveProxy.start({ config, args: ['--concurrency', '1'] });
    assert.equal(await proxy.stat('listener_manager.workers_started'), 1);
    const listeners = (await proxy.admin('/listeners')).trim().split('\n');
    assert.ok(listeners.length > 0 && listeners.every((line) => /:\d+$/.test(line)), listeners.join());
    if (name === 'quickstart.yaml') {
      const hello = await fetch(`http://127.0.0.1:${await proxy.port('ingress')}/hello`);
      assert.deepEqual([hello.status, await hello.text()], [200, 'Hello from the proxy itself.\n']);
    }
    proxy.signal('SIGTERM');
    assert.deepEqual(await proxy.exited(), { code: 0, signal: null });
  });
}
