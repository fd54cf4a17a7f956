import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { addressOf, completeWrite, handleOf, serverHandleOf, udpHandleOf, type WriteRequest } from './handles.ts';

test('handles behave as the engine relies on', async () => {
  const server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  assert.equal(typeof serverHandleOf(server)?.onconnection, 'function');
  assert.ok((serverHandleOf(server)?.fd ?? -1) >= 0);
  const { port } = server.address() as { port: number };
  const client = connect(port, '127.0.0.1');
  const [accepted] = (await once(server, 'connection')) as [Socket];
  const handle = handleOf(accepted);
  assert.ok(handle !== undefined);
  assert.equal(addressOf(handle, 'getsockname')?.port, port);
  assert.equal(addressOf(handle, 'getpeername')?.ip, '127.0.0.1');

  assert.equal(handle.writeBuffer(null, new Uint8Array(10)), 0, 'a small write completes at once');
  assert.equal(handle.writev(null, [new Uint8Array(10), new Uint8Array(10)], true), 0);
  client.pause();
  const large = new Uint8Array(50_000_000);
  const request = handle.writeBuffer(null, large);
  assert.ok(typeof request === 'object', 'a large write is under way');
  const status = await new Promise((resolve) => {
    (request as WriteRequest).owner = { onWriteComplete: resolve };
    (request as WriteRequest).oncomplete = completeWrite;
    client.resume();
  });
  assert.equal(status, 0);
  accepted.destroy();
  client.destroy();
  server.close();
  assert.equal(handleOf(accepted), undefined);
});

test('handles of UDP sockets behave as the engine relies on', async () => {
  const lookup = (host: string, _options: unknown, callback: (error: null, address: string, family: number) => void) =>
    callback(null, host, 4);
  const socket = createSocket({ type: 'udp4', lookup } as Parameters<typeof createSocket>[0] & object);
  socket.bind(0, '127.0.0.1');
  assert.notEqual(socket.address().port, 0, 'bound before the call returns');
  const handle = udpHandleOf(socket);
  assert.ok((handle?.fd ?? -1) >= 0);
  assert.equal(handle?.recvStop(), 0);
  assert.equal(handle?.recvStart(), 0);
  socket.close();
  assert.equal(udpHandleOf(socket), undefined);
});
