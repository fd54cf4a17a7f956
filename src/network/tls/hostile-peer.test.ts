import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { connect, createSecureContext, TLSSocket } from 'node:tls';
import { certificateBytes } from '../../../test/harness/certificates.ts';
import { TlsEnd, TlsWorldForTests } from '../../../test/harness/tls-pair.ts';
import { tlsVersions } from './tls-options.ts';
import { TlsSocket } from './tls-socket.ts';

let world: TlsWorldForTests;
let end: TlsEnd;

beforeEach(() => {
  world = new TlsWorldForTests();
  end = new TlsEnd(world.own(new TlsSocket(world.server(), 'server')));
  end.socket.onConnected();
});

/** Whatever a peer did, everything native is released. */
afterEach(() => {
  const left = world.releaseAll();
  world[Symbol.dispose]();
  assert.equal(left, 0);
});

const reason = (number: number, name: string) =>
  `TLS_error:|${268_435_456 + number}:SSL routines:OPENSSL_internal:${name}:TLS_error_end`;
const goodbye = reason(194, 'PROTOCOL_IS_SHUTDOWN').replace('TLS_error:', '');
const bytes = (hex: string) => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const zeros = (count: number) => '00'.repeat(count);

describe('instead of a ClientHello', () => {
  const cases: readonly (readonly [what: string, sent: Buffer | string, expected: string])[] = [
    ['zeros', bytes(zeros(64)), reason(247, 'WRONG_VERSION_NUMBER')],
    ['text', 'hello, is anyone there?\r\n\r\n', reason(247, 'WRONG_VERSION_NUMBER')],
    ['a request', 'GET / HTTP/1.1\r\nhost: a\r\n\r\n', reason(156, 'HTTP_REQUEST')],
    ['CONNECT', 'CONNECT a:1 HTTP/1.1\r\n\r\n', reason(155, 'HTTPS_PROXY_REQUEST')],
    ['a record over the limit', bytes(`16 0301 ffff ${'01'.repeat(20)}`), reason(146, 'ENCRYPTED_LENGTH_TOO_LONG')],
    ['an empty hello', bytes(`16 0301 0010 01 00000c ${zeros(12)}`), reason(131, 'CLIENTHELLO_PARSE_FAILED')],
    ['data', bytes(`17 0303 0010 ${zeros(16)}`), reason(225, 'UNEXPECTED_RECORD')],
    ['a hello of SSL 2', bytes(`80 2e 01 0002 0015 0000 0010 ${zeros(40)}`), reason(247, 'WRONG_VERSION_NUMBER')],
    [
      'a hello of TLS 1.0',
      bytes(`16 0301 002d 01 000029 0301 ${zeros(33)} 0002 002f 0100`),
      reason(240, 'UNSUPPORTED_PROTOCOL'),
    ],
  ];
  for (const [what, sent, expected] of cases) {
    test(what, () => {
      end.receive(sent);
      assert.deepEqual(end.events, ['failed']);
      assert.equal(end.socket.failureReason, expected);
      assert.equal(world.counter('server.ssl.connection_error'), 1);
      assert.equal(world.counter('server.ssl.handshake'), 0);
      end.receive('more of it');
      assert.deepEqual(end.events, ['failed']);
    });
  }

  test('nothing more after half of one: the end is no error of TLS', () => {
    end.receive(bytes('16 0301 0200 01 0001fc 0303'));
    assert.deepEqual(end.events, []);
    end.socket.onPeerClosed();
    assert.deepEqual(end.events, ['failed']);
    assert.equal(end.socket.failureReason, '');
    assert.equal(world.counter('server.ssl.connection_error'), 0);
    // That is told once, whatever comes then.
    end.socket.onPeerClosed();
    end.receive(bytes(zeros(64)));
    assert.deepEqual(end.events, ['failed']);
  });

  test('an endless one', () => {
    const hello = bytes('16 0301 4000 01 00ffff');
    end.receive(hello);
    for (let sent = 0; sent < 64 && end.events.length === 0; sent++) {
      end.receive(bytes(zeros(16_384 - (sent === 0 ? 4 : 0))));
      end.receive(bytes('16 0301 4000'));
    }
    assert.deepEqual(end.events, ['failed']);
    assert.equal(end.received, '');
  });
});

test('bytes changed on the way end the connection', () => {
  const pair = world.connect(world.server(), world.client()).pump();
  pair.client.write('x'.repeat(100));
  const sent = pair.client.toSend.linearize(pair.client.toSend.length).slice();
  sent[50] = (sent[50] as number) ^ 1;
  pair.server.receive(sent);
  assert.deepEqual(pair.server.events, ['connected', 'failed']);
  const badDecrypt = 'TLS_error:|503316581:Cipher functions:OPENSSL_internal:BAD_DECRYPT';
  const badRecord = reason(139, 'DECRYPTION_FAILED_OR_BAD_RECORD_MAC').replace('TLS_error:', badDecrypt);
  assert.equal(pair.server.socket.failureReason, badRecord + goodbye);
  // Envoy counts that it cannot take its leave as well.
  assert.equal(world.counter('server.ssl.connection_error'), 2);
  pair.server.write('never sent');
});

test('what breaks the connection behind the end of the handshake does so once that has been told', () => {
  const pair = world.connect(world.server(), world.client());
  pair.pumpOnce();
  pair.pumpOnce();
  const { toSend } = pair.client;
  const finished = Buffer.from(toSend.linearize(toSend.length));
  toSend.drain(toSend.length);
  pair.server.receive(Buffer.concat([finished, bytes(`17 0303 0028 ${zeros(40)}`)]));
  assert.deepEqual(pair.server.events, ['connected', 'failed']);
  assert.equal(world.counter('server.ssl.handshake'), 1);
});

test('what follows close_notify is dropped', () => {
  const pair = world.connect(world.server(), world.client()).pump();
  pair.client.write('last', true);
  pair.client.write('after the end');
  pair.pump();
  pair.server.receive('garbage behind the end');
  assert.equal(pair.server.received, 'last');
  assert.equal(pair.server.events[1], 'ended');
});

/** Node's own TLS as the server of `end`. */
function nodeServer(): { readonly server: TLSSocket; readonly wire: Duplex; deliver(): void } {
  const wire: Duplex = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      end.receive(chunk);
      deliver();
      done();
    },
  });
  const deliver = (): void => {
    const { toSend } = end;
    if (toSend.length > 0) wire.push(Buffer.from(toSend.linearize(toSend.length)));
    toSend.drain(toSend.length);
  };
  const secureContext = createSecureContext({
    cert: certificateBytes('server.pem'),
    key: certificateBytes('server-key.pem'),
  });
  return { server: new TLSSocket(wire, { isServer: true, secureContext }), wire, deliver };
}

async function until(condition: () => boolean): Promise<void> {
  for (let turns = 0; !condition(); turns++) {
    assert.ok(turns < 100_000, 'waited in vain');
    await new Promise(setImmediate);
  }
}

for (const allowRenegotiation of [false, true])
  test(`a server that renegotiates ${allowRenegotiation ? 'may where that is allowed' : 'ends the connection'}`, async () => {
    const context = world.client({ maxVersion: tlsVersions.tls12, allowRenegotiation });
    end = new TlsEnd(world.own(context.createSocket('', undefined)));
    const { server, wire, deliver } = nodeServer();
    server.on('error', () => {});
    end.socket.onConnected();
    deliver();
    await until(() => end.events.length > 0);
    let again = false;
    server.renegotiate({ rejectUnauthorized: false, requestCert: false }, (error) => {
      again = error === null;
    });
    server.write('between two handshakes');
    await until(() => again || end.events.length > 1);
    server.destroy();
    wire.destroy();
    assert.equal(again, allowRenegotiation);
    assert.equal(end.received, 'between two handshakes');
    assert.deepEqual(end.events, allowRenegotiation ? ['connected'] : ['connected', 'failed']);
    assert.equal(end.socket.failureReason, allowRenegotiation ? '' : reason(182, 'NO_RENEGOTIATION') + goodbye);
  });

/** Node's own TLS as the client of `end`. */
function nodeClient(): { readonly client: TLSSocket; readonly wire: Duplex } {
  const wire = new Duplex({
    read() {},
    write(chunk: Buffer, _encoding, done) {
      end.receive(chunk);
      const { toSend } = end;
      if (toSend.length > 0) wire.push(Buffer.from(toSend.linearize(toSend.length)));
      toSend.drain(toSend.length);
      done();
    },
  });
  return { client: connect({ socket: wire, rejectUnauthorized: false }), wire };
}

test('a client that renegotiates is told that it may not, and the connection ends', async () => {
  end = new TlsEnd(world.own(new TlsSocket(world.server({ maxVersion: tlsVersions.tls12 }), 'server')));
  const { client, wire } = nodeClient();
  await once(client, 'secureConnect');
  const outcome = new Promise<string>((resolve) => {
    client.renegotiate({}, (error) => resolve(error?.message ?? 'renegotiated'));
    client.once('error', ({ message }) => resolve(message));
  });
  assert.match(await outcome, /no renegotiation/i);
  assert.deepEqual(end.events, ['connected', 'failed']);
  assert.equal(end.socket.failureReason, reason(182, 'NO_RENEGOTIATION') + goodbye);
  client.destroy();
  wire.destroy();
});
