/** Ten thousand that connect and say nothing cost a few kilobytes each, until the limit or the timeout that there is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawClient } from '../../harness/raw-client.ts';
import { engines, HostileWorld } from './world.ts';

const crowd = 10_000;
/** Envoy takes 8 KiB. */
const mostBytesEach = 16 * 1024;

async function gather(world: HostileWorld, count: number): Promise<RawClient[]> {
  const clients: RawClient[] = [];
  while (clients.length < count) {
    const some = Math.min(100, count - clients.length);
    clients.push(...(await Promise.all(Array.from({ length: some }, () => world.connect()))));
  }
  return clients;
}

for (const engine of engines) {
  test(`${crowd} silent connections are cheap and end with idle_timeout, on ${engine}`, async () => {
    const manager = {
      common_http_protocol_options: { idle_timeout: '6s' },
      drain_timeout: '0.1s',
      delayed_close_timeout: '0.1s',
    };
    await using world = await HostileWorld.start({ engine, manager });
    const before = await world.residentBytes();
    const endured = world.endure(async () => {
      const clients = await gather(world, crowd);
      await world.until('http.in.downstream_cx_active', crowd);
      const each = ((await world.residentBytes()) - before) / crowd;
      assert.ok(each < mostBytesEach, `${each} bytes each`);
      const ends = await Promise.all(clients.map((client) => client.ended()));
      assert.ok(ends.every((end) => end === 'fin'));
      for (const client of clients) client.reset();
    }, 200);
    await endured;
    assert.equal(await world.stat('http.in.downstream_cx_idle_timeout'), crowd);
    await world.until('http.in.downstream_cx_active', 0);
  });

  test(`connections beyond the listener's limit are closed at once, on ${engine}`, async () => {
    const layer = {
      name: 'static',
      static_layer: { envoy: { resource_limits: { listener: { web: { connection_limit: 50 } } } } },
    };
    await using world = await HostileWorld.start({ engine, bootstrap: { layered_runtime: { layers: [layer] } } });
    const within = await gather(world, 50);
    await world.until('http.in.downstream_cx_active', 50);
    await world.endure(async () => {
      const beyond = await gather(world, 500);
      await Promise.all(beyond.map((client) => client.ended()));
    });
    assert.equal(await world.stat('http.in.downstream_cx_active'), 50);
    assert.ok(within.every(({ end }) => end === 'open'));
    for (const client of within) client.reset();
  });
}
