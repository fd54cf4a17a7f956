/** Clients that do not read, or ask faster than they read, cost no more than their buffers and their turns. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { poll } from '../../harness/poll.ts';
import { engines, HostileWorld, pour, pourInto, timeouts } from './world.ts';

const direct = 'GET /direct HTTP/1.1\r\nhost: a\r\n\r\n';
const get = 'GET /patient HTTP/1.1\r\nhost: a\r\n\r\n';
const mebibyte = 1024 * 1024;

/** The upstream answers with as much as is taken, up to a gigabyte. */
function answerWithoutEnd(world: HostileWorld): { taken: number } {
  const told = { taken: 0 };
  world.bad.onConnection = (socket) =>
    socket.once('data', async () => {
      socket.write('HTTP/1.1 200 OK\r\ncontent-length: 1073741824\r\n\r\n');
      told.taken = await pourInto(socket, 'z'.repeat(99_999), 1024 * mebibyte);
    });
  return told;
}

for (const engine of engines) {
  test(`clients that do not read, on ${engine}`, async (t) => {
    await using world = await HostileWorld.start({ engine, manager: timeouts });

    await t.test('a big answer stops at the buffers and ends with stream_idle_timeout', async () => {
      const answer = answerWithoutEnd(world);
      using client = await world.connect();
      client.pauseReading();
      const before = await world.stat('http.in.downstream_rq_idle_timeout');
      await world.endure(async () => {
        await client.send([get]);
        await world.until('http.in.downstream_rq_idle_timeout', before + 1);
        await world.until('http.in.downstream_cx_active', 0);
      });
      assert.ok((await world.stat('cluster.bad.upstream_flow_control_paused_reading_total')) > 0);
      assert.ok(answer.taken < 100 * mebibyte, `the upstream got ${answer.taken} bytes off`);
      await world.until('cluster.bad.upstream_cx_active', 0);
    });

    await t.test('forty big answers at once hold no more than forty times the buffers', async () => {
      answerWithoutEnd(world);
      const clients = await Promise.all(Array.from({ length: 40 }, () => world.connect()));
      for (const client of clients) client.pauseReading();
      const before = await world.stat('http.in.downstream_rq_idle_timeout');
      await world.endure(async () => {
        await Promise.all(clients.map((client) => client.send([get])));
        await world.until('http.in.downstream_rq_idle_timeout', before + 40);
        await world.until('http.in.downstream_cx_active', 0);
      }, 40);
      for (const client of clients) client.reset();
    });

    await t.test('answers to a pipeline that nobody reads end the connection as a flood', async () => {
      using client = await world.connect();
      client.pauseReading();
      // What arrives within one turn of the loop may be a mebibyte, whatever is read of it later.
      await world.endure(async () => {
        const sent = await pour(client, direct.repeat(1000), 400 * mebibyte);
        assert.ok(sent < 100 * mebibyte, `${sent} bytes of requests were taken`);
      }, 4);
      await world.until('http1.response_flood', 1);
      await world.until('http.in.downstream_cx_active', 0);
    });
  });

  test(`a huge pipeline is answered in turns, on ${engine}`, async () => {
    await using world = await HostileWorld.start({ engine });
    using client = await world.connect();
    const count = 20_000;
    await world.endure(async () => {
      await client.send([direct.repeat(count)]);
      const all = async () => (client.received.split('hello').length > count ? true : undefined);
      await poll(all, { timeoutMs: 20_000, everyMs: 20 });
    }, 8);
    assert.equal(client.received.split('hello').length - 1, count);
    assert.equal(client.end, 'open');
  });
}
