/** Peers that garble TLS, stop within it or never read what comes through it: each ends with a counter, none costs more than its buffers. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { certificatePath } from '../../harness/certificates.ts';
import { clientHello, serverName } from '../../harness/client-hello.ts';
import type { RawClient } from '../../harness/raw-client.ts';
import { type Engine, engines, type Fields, HostileWorld, pour } from './world.ts';

const mebibyte = 1024 * 1024;
const crowd = 300;
const types = 'type.googleapis.com/envoy.extensions';
const common_tls_context = {
  tls_certificates: [
    {
      certificate_chain: { filename: certificatePath('server.pem') },
      private_key: { filename: certificatePath('server-key.pem') },
    },
  ],
};
const chain: Fields = {
  filters: [
    {
      name: 'tcp',
      typed_config: { '@type': `${types}.filters.network.tcp_proxy.v3.TcpProxy`, stat_prefix: 'tcp', cluster: 'bad' },
    },
  ],
  transport_socket: {
    name: 'tls',
    typed_config: { '@type': `${types}.transport_sockets.tls.v3.DownstreamTlsContext`, common_tls_context },
  },
  transport_socket_connect_timeout: '0.5s',
};
const hello = clientHello({ extensions: [serverName('a.test')] });

const start = (engine: Engine): Promise<HostileWorld> =>
  HostileWorld.start({ engine, listener: { stat_prefix: 'web', filter_chains: [chain] } });

/** Each sends a text of its own and reads until it is left. */
async function gather(world: HostileWorld, textOf: (i: number) => string): Promise<void> {
  const clients: RawClient[] = [];
  for (let i = 0; i < crowd; i++) {
    const client = await world.connect();
    await client.send([textOf(i)]);
    clients.push(client);
  }
  await Promise.all(clients.map((client) => client.ended()));
  for (const client of clients) client.reset();
  await world.until('listener.web.downstream_cx_active', 0);
}

async function secure(world: HostileWorld): Promise<TLSSocket> {
  const client = connect({ port: await world.proxy.port('web'), host: '127.0.0.1', rejectUnauthorized: false });
  client.on('error', () => {});
  await once(client, 'secureConnect');
  client.pause();
  return client;
}

/** Writes as long as the peer takes it, `most` bytes at most; how many were taken, the system's own buffers among them. */
async function push(client: TLSSocket, most: number): Promise<number> {
  const piece = Buffer.alloc(65_536, 'e');
  let taken = 0;
  for (let idleMs = 0; idleMs < 600 && taken < most; idleMs += 20) {
    const written = new Promise<true>((resolve) => client.write(piece, () => resolve(true)));
    while (idleMs < 600 && !(await Promise.race([written, pause(20, false)]))) idleMs += 20;
    if (idleMs >= 600) break;
    taken += piece.length;
    idleMs = 0;
  }
  return taken;
}

for (const engine of engines)
  test(`peers that do not mean TLS well, on ${engine}`, async (t) => {
    await using world = await start(engine);
    // A few come and go with those who look at the admin page.
    const descriptors = world.proxy.openDescriptors + 16;

    await t.test('those that stop in the middle of the handshake end with its timeout', async () => {
      await world.endure(() => gather(world, (i) => hello.slice(0, 1 + (i % (hello.length - 1)))));
      assert.equal(await world.stat('listener.web.downstream_cx_transport_socket_connect_timeout'), crowd);
      assert.equal(await world.stat('listener.web.ssl.connection_error'), 0);
    });

    await t.test('what is no hello ends the connection at once, as an error of TLS', async () => {
      await world.endure(() => gather(world, (i) => `${i} is no hello, however long it goes on`.repeat(1 + (i % 9))));
      assert.equal(await world.stat('listener.web.ssl.connection_error'), crowd);
    });

    await t.test('a handshake without an end is cut off', async () => {
      using client = await world.connect();
      await world.endure(async () => {
        await client.send(['\x16\x03\x01\x40\x00\x01\x00\xff\xff']);
        const sent = await pour(client, `${'\0'.repeat(16_380)}\x16\x03\x01\x40\x00`, 64 * mebibyte);
        assert.ok(sent < 32 * mebibyte, `${sent} bytes were taken`);
      });
      assert.equal(await world.stat('listener.web.ssl.connection_error'), crowd + 1);
    });

    await t.test('those that never read what comes back are not listened to any longer', async (t) => {
      // What comes is sent back.
      world.bad.onConnection = (socket) => void socket.pipe(socket);
      const clients = await Promise.all(Array.from({ length: 8 }, () => secure(world)));
      t.after(() => {
        for (const client of clients) client.destroy();
      });
      await world.endure(async () => {
        const taken = await Promise.all(clients.map((client) => push(client, 400 * mebibyte)));
        // The system's own buffers, on both sides of each connection, take 32 MiB and more.
        assert.ok(Math.max(...taken) < 200 * mebibyte, `${Math.max(...taken)} bytes were taken`);
      }, clients.length);
    });

    await world.until('listener.web.downstream_cx_active', 0);
    await world.proxy.until(async () => world.proxy.openDescriptors <= descriptors, 'few descriptors');
  });
