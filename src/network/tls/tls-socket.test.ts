import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { certificateOptions } from '../../../test/harness/certificates.ts';
import { TlsWorldForTests, validation } from '../../../test/harness/tls-pair.ts';
import { tlsVersions } from './tls-options.ts';

let world: TlsWorldForTests;

beforeEach(() => {
  world = new TlsWorldForTests();
});

/** Whatever a test did, everything native is released. */
afterEach(() => {
  const left = world.releaseAll();
  world[Symbol.dispose]();
  assert.equal(left, 0);
});

describe('client and server', () => {
  for (const [version, name] of [
    [tlsVersions.tls12, 'TLSv1.2'],
    [tlsVersions.tls13, 'TLSv1.3'],
  ] as const) {
    test(`${name}: a handshake in pieces of one byte, and bytes both ways`, () => {
      const pair = world.connect(
        world.server({ minVersion: version, maxVersion: version }),
        world.client({ minVersion: version, maxVersion: version, validation: validation() }),
      );
      pair.pump(1);
      assert.deepEqual(pair.server.events, ['connected']);
      assert.deepEqual(pair.client.events, ['connected']);
      pair.client.write('hello ');
      pair.client.write('server');
      pair.server.write('x'.repeat(200_000));
      pair.pump(1000);
      assert.equal(pair.server.received, 'hello server');
      assert.equal(pair.client.received.length, 200_000);
      assert.equal(pair.client.socket.ssl.tlsVersion, name);
      assert.equal(pair.client.socket.ssl.peerCertificateValidated, true);
      assert.equal(pair.client.socket.ssl.peer?.subject, 'O=Tests,CN=server');
    });
  }

  test('TLS 1.3 takes the client’s order of ciphers, TLS 1.2 the server’s', () => {
    const cipher = (version: number, cipherSuites?: string) => {
      const client = { minVersion: version, maxVersion: version, ...(cipherSuites !== undefined && { cipherSuites }) };
      return world.connect(world.server(), world.client(client)).pump().server.socket.ssl.cipherSuite;
    };
    assert.equal(cipher(tlsVersions.tls13), 'TLS_AES_128_GCM_SHA256');
    const chaCha = 'ECDHE-ECDSA-CHACHA20-POLY1305';
    const aes128 = 'ECDHE-ECDSA-AES128-GCM-SHA256';
    assert.equal(cipher(tlsVersions.tls12, `ECDHE-ECDSA-AES256-GCM-SHA384:${aes128}`), aes128);
    assert.equal(cipher(tlsVersions.tls12, `${chaCha}:${aes128}`), chaCha);
  });

  test('many connections at once share the memory of their thread and do not mix', () => {
    const [server, client] = [world.server(), world.client()];
    const pairs = Array.from({ length: 20 }, () => world.connect(server, client));
    // Each carries a piece in turn.
    for (let turns = 0; turns < 8; turns++) for (const pair of pairs) pair.pumpOnce();
    for (let round = 0; round < 5; round++) {
      for (const [i, pair] of pairs.entries()) pair.server.write(`${i};`.repeat(2000));
      for (const pair of pairs) pair.pump(4096);
    }
    for (const [i, pair] of pairs.entries()) {
      assert.equal(pair.client.received, `${i};`.repeat(10_000));
      assert.deepEqual(pair.client.events, ['connected']);
    }
  });

  test('close_notify of one is the end of the stream to the other, which may go on', () => {
    const pair = world.connect(world.server(), world.client()).pump();
    pair.client.write('last', true);
    pair.pump();
    assert.equal(pair.server.received, 'last');
    assert.deepEqual(pair.server.events, ['connected', 'ended']);
    pair.server.write('answer', true);
    pair.pump();
    assert.equal(pair.client.received, 'answer');
    assert.deepEqual(pair.client.events, ['connected', 'ended']);
  });

  test('what a thread has sent before does not come again, however much it was', () => {
    const [server, client] = [world.server(), world.client()];
    for (let i = 0; i < 100; i++) {
      const pair = world.connect(server, client).pump();
      pair.client.write(`question ${i}`);
      pair.server.write(`answer ${i}`);
      pair.pump();
      assert.deepEqual([pair.server.received, pair.client.received], [`question ${i}`, `answer ${i}`]);
      assert.deepEqual([pair.server.events, pair.client.events], [['connected'], ['connected']]);
    }
  });

  test('who issued the client’s certificate is known when it is trusted, whether the client sent that or not', () => {
    const issuerOf = (name: Parameters<typeof certificateOptions>[0]): string | undefined => {
      const pair = world
        .connect(
          world.server({ validation: validation({ acceptUntrusted: true }) }),
          world.client({ certificates: [certificateOptions(name)] }),
        )
        .pump();
      assert.equal(pair.server.socket.ssl.peerCertificatePresented, true);
      return pair.server.socket.ssl.peerIssuer?.subject;
    };
    assert.match(issuerOf('client') ?? '', /CN=/);
    assert.equal(issuerOf('untrusted-client'), undefined);
    assert.equal(issuerOf('expired-client'), undefined);
  });
});
