/** Clients that send too slowly, too much or without an end are closed by the limit or timeout that Envoy has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawClient } from '../../harness/raw-client.ts';
import { dribble, engines, HostileWorld, pour, timeouts } from './world.ts';

const post = 'POST /patient HTTP/1.1\r\nhost: a\r\n';
const chunked = `${post}transfer-encoding: chunked\r\n\r\n`;
const tinyHeaders = 'a: b\r\n'.repeat(1000);
const mebibyte = 1024 * 1024;

interface Attack {
  readonly name: string;
  readonly status: string;
  /** A counter that goes up by one. */
  readonly counted: string;
  /** The least and most that it takes until the client is closed. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Bytes that get through to the upstream at most. */
  readonly passes?: number;
  run(client: RawClient): Promise<unknown>;
}

/** Kernel buffers take in what the proxy does not read; an attacker that is read gets far more off. */
const unread = 40 * mebibyte;

async function flood(client: RawClient, first: string, piece: string): Promise<void> {
  await client.send([first]);
  const sent = await pour(client, piece, 400 * mebibyte);
  assert.ok(sent < 400 * mebibyte, 'it was never closed');
}

/** After the answer nothing more is read: the system pushes back. */
async function refusedFlood(client: RawClient, first: string, piece: string): Promise<void> {
  await client.send([first]);
  const sent = await pour(client, piece, 400 * mebibyte);
  assert.ok(sent < unread, `${sent} bytes were taken`);
}

const header = { status: '408', counted: 'http.in.downstream_rq_header_timeout', fromMs: 250, toMs: 3000 };
const whole = { status: '408', counted: 'http.in.downstream_rq_timeout', fromMs: 500, toMs: 3000 };
const tooLarge = { status: '431', counted: 'http.in.downstream_rq_4xx', fromMs: 0, toMs: 3000 };

const attacks: readonly Attack[] = [
  { name: 'a head byte by byte', ...header, run: (client) => dribble(client, 'G', 'ET / HTTP/1.1\r\n') },
  { name: 'empty lines without an end', ...header, run: (client) => flood(client, '', '\r\n'.repeat(5000)) },
  {
    name: 'a body byte by byte',
    ...whole,
    run: (client) => dribble(client, `${post}content-length: 9999\r\n\r\n`, ''),
  },
  { name: 'a chunk extension byte by byte', ...whole, run: (client) => dribble(client, `${chunked}3;`, '') },
  {
    name: 'an endless chunk extension',
    ...whole,
    passes: 1000,
    run: (client) => flood(client, `${chunked}3;`, 'x'.repeat(99_999)),
  },
  {
    name: 'chunks of one byte, each with a large extension',
    ...whole,
    run: (client) => flood(client, chunked, `1;${'y'.repeat(9999)}\r\nx\r\n`.repeat(10)),
  },
  {
    name: 'a request line without an end',
    ...tooLarge,
    run: (client) => refusedFlood(client, 'GET /', 'a'.repeat(9999)),
  },
  { name: 'a method without an end', ...tooLarge, run: (client) => refusedFlood(client, 'G', 'E'.repeat(9999)) },
  {
    name: 'tiny headers without an end',
    ...tooLarge,
    run: (client) => refusedFlood(client, 'GET / HTTP/1.1\r\n', tinyHeaders),
  },
  {
    name: 'trailers without an end',
    ...tooLarge,
    passes: 1000,
    run: (client) => refusedFlood(client, `${chunked}0\r\n`, tinyHeaders),
  },
];

async function suffer(world: HostileWorld, attack: Attack): Promise<void> {
  const { status, counted, fromMs, toMs, passes } = attack;
  using client = await world.connect();
  const before = await world.stat(counted);
  const passedBefore = world.bad.received;
  await world.endure(async () => {
    const startMs = performance.now();
    await attack.run(client);
    await client.ended();
    const ms = performance.now() - startMs;
    assert.ok(ms >= fromMs && ms <= toMs, `closed after ${ms} ms`);
  });
  assert.equal(client.received.slice(0, 12), `HTTP/1.1 ${status}`);
  assert.equal((await world.stat(counted)) - before, 1);
  await world.until('http.in.downstream_cx_active', 0);
  if (passes !== undefined) assert.ok(world.bad.received - passedBefore < passes);
}

for (const engine of engines) {
  test(`clients that send without an end, on ${engine}`, async (t) => {
    await using world = await HostileWorld.start({ engine, manager: timeouts });
    for (const attack of attacks) await t.test(attack.name, () => suffer(world, attack));
  });

  test(`trailers that are wanted, without an end, on ${engine}`, async () => {
    const manager = { ...timeouts, http_protocol_options: { enable_trailers: true } };
    await using world = await HostileWorld.start({ engine, manager });
    const attack = attacks.find(({ name }) => name === 'trailers without an end');
    assert.ok(attack);
    await suffer(world, attack);
  });
}
