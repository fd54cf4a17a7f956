/** Upstreams that mean no good cost their own requests their time, others nothing. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { engines, HostileWorld, pour, pourInto, timeouts } from './world.ts';

const get = 'GET / HTTP/1.1\r\nhost: a\r\n\r\n';
const mebibyte = 1024 * 1024;
const chunked = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const tinyHeaders = 'a: b\r\n'.repeat(1000);

interface Attack {
  readonly name: string;
  readonly status: string;
  /** Counters of the cluster that go up by one. */
  readonly counted: string;
  /** A whole answer leaves the connection as it is; otherwise the client is closed. */
  readonly clientStays: boolean;
  answer(socket: Socket): Promise<unknown>;
}

async function pourAfter(socket: Socket, first: string, piece: string): Promise<void> {
  socket.write(first);
  const sent = await pourInto(socket, piece, 1024 * mebibyte);
  assert.ok(sent < 1024 * mebibyte);
}

async function trickle(socket: Socket): Promise<void> {
  for (let i = 0; i < 500 && socket.writable; i++) {
    socket.write('HTTP/1.1 200 OK\r\nx: y'[i] ?? 'x');
    await pause(20);
  }
}

const late = { status: '504', counted: 'upstream_rq_timeout', clientStays: true };
const attacks: readonly Attack[] = [
  { name: 'a head byte by byte', ...late, answer: trickle },
  {
    name: 'interim answers without an end',
    ...late,
    answer: (socket) => pourAfter(socket, '', 'HTTP/1.1 102 P\r\n\r\n'.repeat(1000)),
  },
  {
    name: 'headers without an end',
    status: '502',
    counted: 'upstream_cx_protocol_error',
    clientStays: true,
    answer: (socket) => pourAfter(socket, 'HTTP/1.1 200 OK\r\n', tinyHeaders),
  },
  {
    name: 'a chunk extension without an end',
    status: '200',
    counted: 'upstream_rq_timeout',
    clientStays: false,
    answer: (socket) => pourAfter(socket, `${chunked}3;`, 'x'.repeat(99_999)),
  },
  {
    name: 'trailers without an end',
    status: '200',
    counted: 'upstream_cx_protocol_error',
    clientStays: false,
    answer: (socket) => pourAfter(socket, `${chunked}0\r\n`, tinyHeaders),
  },
];

async function suffer(world: HostileWorld, attack: Attack): Promise<void> {
  const { status, counted, clientStays, answer } = attack;
  const counter = `cluster.bad.${counted}`;
  const before = await world.stat(counter);
  world.bad.onConnection = (socket) => socket.once('data', () => void answer(socket));
  using client = await world.connect();
  await world.endure(async () => {
    await client.send([get]);
    await world.until(counter, before + 1);
    await world.until('cluster.bad.upstream_cx_active', 0);
    if (clientStays) await world.until('http.in.downstream_rq_active', 0);
    else await client.ended();
  });
  assert.equal(client.received.slice(0, 12), `HTTP/1.1 ${status}`);
  assert.equal(client.end === 'open', clientStays);
}

for (const engine of engines) {
  test(`upstreams that mean no good, on ${engine}`, async (t) => {
    await using world = await HostileWorld.start({
      engine,
      manager: { common_http_protocol_options: timeouts.common_http_protocol_options ?? {} },
    });
    for (const attack of attacks) await t.test(attack.name, () => suffer(world, attack));
  });

  test(`an upstream that never reads stops its client, on ${engine}`, async () => {
    await using world = await HostileWorld.start({ engine, manager: timeouts });
    world.bad.onConnection = (socket) => socket.pause();
    using client = await world.connect();
    await world.endure(async () => {
      const sent = await pour(
        client,
        'POST /patient HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n',
        1,
      ).then(() => pour(client, 'z'.repeat(99_999), 1000 * mebibyte));
      assert.ok(sent < 100 * mebibyte, `${sent} bytes were taken`);
      await client.ended();
    });
    assert.equal(client.received.slice(0, 12), 'HTTP/1.1 408');
    assert.ok((await world.stat('http.in.downstream_flow_control_paused_reading_total')) > 0);
    await world.until('cluster.bad.upstream_cx_active', 0);
  });
}
