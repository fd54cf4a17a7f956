/** Costs of TLS without a socket, both ends in one thread, in ns: `node bench/micro/tls.bench.ts [name]`. */
import type { Buffer as Bytes } from '../../sdk/buffer.ts';
import { BlockPool } from '../../src/common/buffer/block.ts';
import { SliceBuffer } from '../../src/common/buffer/slice-buffer.ts';
import { TlsSocket } from '../../src/network/tls/tls-socket.ts';
import { TlsEnd, TlsWorldForTests } from '../../test/harness/tls-pair.ts';
import { measure } from './measure.ts';

const pool = new BlockPool();
const request = Buffer.from(`GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, 'latin1');
const response = Buffer.from(`HTTP/1.1 200 OK\r\nserver: envoy\r\n${'x: y\r\n'.repeat(20)}\r\n${'x'.repeat(100)}`);

/** What one end has to send waits for the other; what it receives is forgotten. */
class End extends TlsEnd {
  override readonly toSend: SliceBuffer = new SliceBuffer(pool);
  readonly #plaintext: SliceBuffer = new SliceBuffer(pool);

  override onPlaintext(data: Bytes): void {
    data.drain(data.length);
  }

  override onFailure(): void {
    throw new Error(this.socket.failureReason);
  }

  send(bytes: Uint8Array): void {
    this.#plaintext.addCopy(bytes, 0, bytes.length);
    this.socket.write(this.#plaintext, false);
  }
}

const world = new TlsWorldForTests();
const [serverContext, clientContext] = [world.server({ disableStatelessSessionResumption: true }), world.client()];

function connect(): readonly [End, End] {
  const [client, server] = [
    new End(new TlsSocket(clientContext, 'client')),
    new End(new TlsSocket(serverContext, 'server')),
  ];
  client.socket.onConnected();
  while (client.toSend.length + server.toSend.length > 0) {
    server.socket.onReceived(client.toSend);
    client.socket.onReceived(server.toSend);
  }
  return [client, server];
}

const [client, server] = connect();
measure('a request and a response', 500, () => {
  client.send(request);
  server.socket.onReceived(client.toSend);
  server.send(response);
  client.socket.onReceived(server.toSend);
});
measure('a handshake', 20, () => {
  for (const { socket } of connect()) socket[Symbol.dispose]();
});
